"""What every Triton model that implements the contract `whisper` shares: tensors in, tensors out, metrics.

It runs inside Triton's Python backend alone, whose stub brings `triton_python_backend_utils`. Recognition and its rules
are the matter of `whisper_engine`.
"""
