"""``calotype doctor``: what it examines."""
