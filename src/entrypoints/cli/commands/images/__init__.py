"""``calotype images``: the group, and its larger commands."""
