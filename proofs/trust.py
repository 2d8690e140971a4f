"""``make trust``: every known fault of processes, disks, databases, stores and clocks, with a line about each test.

Within forty minutes on a machine with two processors.
"""

import time
from itertools import chain

from proofs import suite

BEHAVIOUR = ("test_crash_matrix.py", "moving", "uploads/test_repeated_uploads.py")
INTEGRATION = (
    "stores/test_power_cuts.py",
    "stores/test_object_store_faults.py",
    "stores/test_checking_stores.py",
    "databases/test_copying_databases.py",
    "databases/test_database_clock.py",
    "databases/test_group_commit.py",
    "databases/test_interrupted_postgres.py",
    "databases/test_lost_database_files.py",
    "databases/test_unconfirmed_commits.py",
    "operation/test_faults.py",
    "operation/test_full_disks.py",
    "operation/test_wrong_clocks.py",
    "backups",
    "erasing",
)
PROOFS = (
    "test_killed_servers.py",
    "test_histories_of_names.py",
    "test_killed_workers.py",
    "test_killed_image_workers.py",
    "test_killed_during_webhooks.py",
)


def main() -> int:
    began = time.monotonic()
    paths = chain(
        (f"proofs/durability/{each}" for each in PROOFS),
        (f"tests/behaviour/{each}" for each in BEHAVIOUR),
        (f"tests/integration/{each}" for each in INTEGRATION),
    )
    held = list(chain.from_iterable(suite.passed([each]) for each in paths))
    print(f"{sum(held)} of {len(held)} held, in {(time.monotonic() - began) / 60:.0f} minutes")
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
