"""What the rules need from outside, stated as obligations."""
