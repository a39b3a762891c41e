"""What is kept for good, in PostgreSQL or SQLite: the same tables and migrations on both."""
