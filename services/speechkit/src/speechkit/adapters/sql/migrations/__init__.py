"""The way to today's tables, step by step; Alembic runs them through `speechkit.adapters.sql.migrating`."""
