"""Recorded speech with known words, installed from packages and never committed.

What is done with it stands elsewhere: the tests, `tests.accuracy` and `tests.bench`.
"""
