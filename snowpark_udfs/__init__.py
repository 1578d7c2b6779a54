"""The warehouse's Python functions, their registration, and the loader of Delta changes into Snowflake."""
