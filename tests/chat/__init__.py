"""A chat-completions server for tests, in the dialects and with the failings of real ones."""
