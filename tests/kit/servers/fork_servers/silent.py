"""A fork server that starts no worker and does not end."""

import time


def main(control: int) -> None:
    time.sleep(60)
