"""What every caller meets first, whatever is asked for: who they are, what they may, and how refusals are worded."""
