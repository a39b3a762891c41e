"""Transcriptions answered while the caller waits, over HTTP and gRPC."""
