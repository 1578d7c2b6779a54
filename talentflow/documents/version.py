"""What this stage's results depend on. Raise it with every change of results: old documents are then read again."""

VERSION = "3"
