"""Offers that are one offer: found, linked to the first open one, and shown once; and offers that are closed.

`link` is the stage, between `extract` and what is built on the records. It fingerprints new texts (`fingerprint`), groups all
offers (`groups`) by what they state (`facts`) and what they say (`texts`), and sets `duplicate_of` and `closed_at` in
`silver.job_offers` where they differ. What it decides is a function of the tables and the day alone. `ops.links`,
what was decided, is written last: a killed run decides again.
"""
