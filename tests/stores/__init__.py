"""Real PostgreSQL, Redis and Kafka servers for a test session, where the machine has their programs."""
