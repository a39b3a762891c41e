"""The served models: their names, the file that lists them, and `/v1/models`."""
