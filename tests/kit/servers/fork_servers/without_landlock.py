"""The same as ``deeds``, as if the kernel had no Landlock."""

from kit.servers.fork_servers import deeds


def main(control: int) -> None:
    from adapters.codec.pool import sandbox  # noqa: PLC0415  only a fork server may load it

    vars(sandbox)["landlock"] = None
    deeds.main(control)
