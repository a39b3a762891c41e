"""Files from elsewhere, Whisper's weights first: what the lock file names is fetched, checked and kept here."""
