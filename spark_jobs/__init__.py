"""Spark jobs: event log to bronze, bronze to silver, as streams and as batches."""
