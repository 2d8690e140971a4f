"""``make attacks``: every known attack on a running service, with a line about each."""

from itertools import chain

from proofs.attacks import connections, log_ins, suite


def main() -> int:
    held = list(chain(connections.attack(), log_ins.attack(), suite.attack()))
    print(f"{sum(held)} of {len(held)} held")
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
