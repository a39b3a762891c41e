"""The edge over gRPC: ids, log lines, keys and statuses."""
