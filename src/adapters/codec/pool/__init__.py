"""The image workers: a bounded pool of confined processes, and the codec that gives them tasks."""
