"""Earshot's edge: the OpenAI Audio API over HTTP, translated into calls of the pipeline."""
