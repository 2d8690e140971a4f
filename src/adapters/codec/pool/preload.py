"""What the fork server imports, once for all the workers that are forked from it."""

import os
from multiprocessing import spawn

# Read when numpy is loaded. Threads of OpenBLAS would reserve address space, which counts towards a worker's bound on
# memory; and they would not exist in the workers, which are forked from here.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from adapters.codec.encoders import choose_jpeg
from adapters.codec.pool import sandbox, worker
from adapters.codec.tasks import derive, examine, optimise, reduce_palette

choose_jpeg.jpeg_encoder()  # tried once for all workers

__all__ = ["derive", "examine", "optimise", "reduce_palette", "sandbox", "worker"]

# Else each worker would import the server's main module, and with it the whole server. There is no public way to prevent
# that. Where these names are gone, workers still work, and only start more slowly.
for _step in ("_fixup_main_from_name", "_fixup_main_from_path"):
    setattr(spawn, _step, lambda _: None)
