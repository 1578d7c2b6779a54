"""Prefect flows and tasks: orchestration only, no domain logic."""
