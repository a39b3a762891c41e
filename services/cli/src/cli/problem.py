"""A failure that the person at the terminal can do something about."""


class Problem(Exception):
    """The message says what is wrong and what to do; it is shown alone, without a traceback."""
