"""Jobs under processes that are killed, restarted and cut off at random: nothing lost, nothing done twice."""
