"""Offers and CVs written by a language model: a seeded plan says which, JSON by a schema says what, our renderers make files.

The model gives the facts of a career or of a post. Names and contacts of persons come from the seeded generator, so that nobody
real is described.
"""
