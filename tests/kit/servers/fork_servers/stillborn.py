"""The same as ``deeds``, but no worker can be set up."""

from kit.servers.fork_servers import deeds


def main(control: int) -> None:
    from adapters.codec.pool import sandbox  # noqa: PLC0415  only a fork server may load it

    vars(sandbox)["confine"] = None
    deeds.main(control)
