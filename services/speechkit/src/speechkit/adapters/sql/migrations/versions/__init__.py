"""One module for each step, in the order that `down_revision` says; a step that was released never changes."""
