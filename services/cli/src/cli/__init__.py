"""The one command `earshot`: serve on a laptop, and look after weights; each service keeps its own entry point."""
