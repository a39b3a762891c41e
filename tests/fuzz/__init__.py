"""Damage done at random to what clients send, and how much of it a run tries."""
