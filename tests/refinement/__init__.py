"""Measures the guard of refinement on damaging and on faithful answers (`python -m tests.refinement`)."""
