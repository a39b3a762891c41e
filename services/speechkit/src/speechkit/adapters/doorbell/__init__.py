"""How workers learn that there are jobs: by looking often, in one process, or through Kafka."""
