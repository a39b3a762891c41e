"""`make accuracy`: Earshot's word error rates on recorded speech, beside faster-whisper's on the same weights."""
