"""Earshot's transcript refinement. So far it has a door that answers health checks, and no refinement behind it."""
