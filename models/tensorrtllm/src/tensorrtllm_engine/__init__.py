"""TensorRT-LLM for Whisper around the models: builds the engine of a GPU, and starts the Triton that serves it.

It runs inside NVIDIA's image; recognition itself is the matter of `whisper_triton` and `whisper_engine`.
"""
