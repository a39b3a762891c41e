"""What every process needs around the product: settings, logs, metrics, health, servers and error tables."""
