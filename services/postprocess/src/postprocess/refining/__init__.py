"""Raw transcripts in, refined ones out."""
