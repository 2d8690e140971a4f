"""How image workers end."""

from typing import Final

EXHAUSTED: Final = 77
"""The exit status of a worker that ran out of memory.

It ends, so that the next image gets a heap that is not fragmented, and is judged by its own use of memory: the system
tells only the peak of a process.
"""

NOT_SET_UP: Final = 78
"""The exit status of a worker that could not be set up. It had no image yet."""
