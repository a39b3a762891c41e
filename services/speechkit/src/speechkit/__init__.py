"""Earshot's shared library: what two services use, and nothing that starts by itself."""
