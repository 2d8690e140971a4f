"""What the fork server imports before it forks the first worker, so that each is complete at birth."""

from multiprocessing import spawn

from adapters.codec import derive, examine, optimise, sandbox, worker

__all__ = ["derive", "examine", "optimise", "sandbox", "worker"]

# Each worker would run the server's main module once more, and so load the whole server to no purpose. There is no
# public way to decline; where these names are gone, workers are as before, only slower to start.
for _step in ("_fixup_main_from_name", "_fixup_main_from_path"):
    setattr(spawn, _step, lambda _: None)
