"""Media files that tests make for themselves, sound and hostile ones, and what a decoder makes of them."""
