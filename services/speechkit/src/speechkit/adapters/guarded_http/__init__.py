"""HTTP to addresses that users name, on httpx."""
