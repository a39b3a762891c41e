"""Web servers that answer as a test tells them to, well or badly, and remember what they were asked."""
