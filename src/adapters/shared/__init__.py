"""What several adapters need of the event loop; the standard library and nothing else."""
