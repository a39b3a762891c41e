"""What a request brings: forms and audio, read within limits while their bytes arrive."""
