"""Refinement at the gateway's doors: endpoints, modes, `/v1/refine`, and what a transcription or a job asks of it."""
