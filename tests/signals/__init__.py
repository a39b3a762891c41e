"""What the services tell of themselves: traces as a collector gets them, metrics as Prometheus does, and logs."""
