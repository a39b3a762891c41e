"""Chat-completions servers: asked within bounds, and read in all the dialects that they speak."""
