"""Earshot's job worker. So far it has a door that answers health checks, and no jobs behind it."""
