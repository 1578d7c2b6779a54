"""Ray jobs: the stages over what is new, with actors that load their models once."""
