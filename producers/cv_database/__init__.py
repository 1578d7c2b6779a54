"""The CV database: candidates of an operational Postgres, read as they change."""

from producers.cv_database.read import read_database

__all__ = ["read_database"]
