"""What Earshot is about, in standard library and numpy alone: audio, windows, transcripts, options, errors."""
