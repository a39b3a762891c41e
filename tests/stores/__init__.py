"""Real PostgreSQL and Redis servers for a test session, where the machine has their programs; nothing is installed."""
