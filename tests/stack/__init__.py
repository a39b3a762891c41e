"""The local stack and its parts, run by tests as people run them."""
