"""What the messages of earshot.postprocess.v1 mean, in both directions: for the service, and for those who call it."""
