"""`python -m talentflow`."""

from talentflow.cli import main

main()
