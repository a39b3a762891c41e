"""The local stack's own Triton Inference Server: found in the wheel, given its files, started, watched, stopped."""
