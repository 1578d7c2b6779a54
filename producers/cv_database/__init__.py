"""The CV database: candidates of an operational Postgres, read as they change."""
