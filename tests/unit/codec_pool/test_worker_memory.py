"""What a worker does with freed memory."""

import subprocess
import sys

import pytest

SIZE = 20 * 2**20  # bytes of an array
PROGRAM = f"""
import re
import numpy as np
from adapters.codec.shared import worker_memory

def resident():
    with open("/proc/self/status") as file:
        return int(re.search(r"VmRSS:\\s+(\\d+) kB", file.read()).group(1)) * 1024

worker_memory.keep_freed()
before = resident()
arrays = [np.ones({SIZE}, np.uint8), np.ones({SIZE}, np.uint8)]
arrays.clear()
kept = resident() - before
worker_memory.give_back()
print(kept, resident() - before)
"""


@pytest.fixture(scope="module")
def measured() -> tuple[int, int]:
    """Bytes that are left of two freed arrays, and of them after they were given back."""
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    kept, left = map(int, ended.stdout.split())
    return kept, left


def test_freed_memory_is_kept_for_the_next_array(measured: tuple[int, int]) -> None:
    assert measured[0] > SIZE


def test_freed_memory_is_returned_when_it_is_given_back(measured: tuple[int, int]) -> None:
    assert measured[1] < SIZE / 4
