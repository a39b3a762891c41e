"""`make bench`: Earshot's speed, accuracy and memory beside other ways to run the same weights on the same machine."""
