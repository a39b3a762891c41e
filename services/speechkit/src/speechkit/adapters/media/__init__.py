"""Turns uploads of any kind into blocks of samples, in processes that a hostile file can't get out of.

Nothing is imported here: the zygote imports this package, and what it imports, every file's process carries.
"""
