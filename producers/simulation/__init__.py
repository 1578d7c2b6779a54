"""What simulated documents are made of: occupations, wording, people, careers, layouts and defects.

Nothing here reads the taxonomy, and nothing in `talentflow/` reads this: the words of the one are not those of the
other, so that scoring the extraction on simulated documents means something.
"""
