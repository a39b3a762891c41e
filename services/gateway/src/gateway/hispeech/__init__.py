"""The HiSpeech-style API: another manner of asking at the desk for jobs."""
