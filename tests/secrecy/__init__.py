"""Secure jobs, watched from outside: nothing of what was said is on any disk, in any store or in any log."""
