"""Modes, built in and a tenant's own."""
