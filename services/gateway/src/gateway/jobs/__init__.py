"""Transcriptions asked for now and fetched later: one desk, with its doors over HTTP and gRPC."""
