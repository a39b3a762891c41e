"""Real PostgreSQL, Redis, Kafka and S3 servers for a test session, where the machine has their programs."""
