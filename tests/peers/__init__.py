"""The recognizers that Earshot is measured against, and Earshot itself, behind one interface.

What is run and what is made of the answers is the matter of `tests.accuracy` and `tests.bench`.
"""
