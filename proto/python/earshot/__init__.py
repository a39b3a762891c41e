"""Generated code of Earshot's gRPC interfaces; `proto/generate` writes it."""
