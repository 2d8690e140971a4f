"""``make attacks``: every known attack on a running service, with a line about each."""

from itertools import chain

from proofs import suite
from proofs.attacks import connections, log_ins

TESTS = (
    "access/test_disabled_users.py",
    "access/test_forged_links_and_tickets.py",
    "access/test_log_ins_over_http.py",
    "access/test_quotas_over_http.py",
    "access/test_secrets_stay_secret.py",
    "access/test_who_may_do_what.py",
    "codec/test_hindered_workers.py",
    "codec/test_sandbox.py",
    "operation/test_faults.py",
    "operation/test_shares.py",
    "remote/test_hostile_servers.py",
    "uploading/test_early_refusals.py",
    "uploading/test_fair_shares.py",
)


def main() -> int:
    tests = suite.passed([f"tests/integration/{each}" for each in TESTS])
    held = list(chain(connections.attack(), log_ins.attack(), tests))
    print(f"{sum(held)} of {len(held)} held")
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
