"""What the fork server imports before it forks the first worker, so that each is complete at birth."""

import os
from multiprocessing import spawn

# Looked at when numpy is loaded. A thread of its own would reserve address space, which the bound on memory would count
# as the picture's; and it would be lost to workers, which are forked from here.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from adapters.codec.encoders import choose_jpeg
from adapters.codec.pool import sandbox, worker
from adapters.codec.tasks import derive, examine, optimise, reduce_palette

choose_jpeg.jpeg_encoder()  # tried out once for all workers

__all__ = ["derive", "examine", "optimise", "reduce_palette", "sandbox", "worker"]

# Each worker would run the server's main module once more, and so load the whole server to no purpose. There is no
# public way to decline; where these names are gone, workers are as before, only slower to start.
for _step in ("_fixup_main_from_name", "_fixup_main_from_path"):
    setattr(spawn, _step, lambda _: None)
