"""A fork server whose workers also run programs: what an image could make them do if it took control of them.

The workers are otherwise those that are shipped. Run in a process of its own, as ``adapters.codec.pool.fork_server`` is.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct


class RunProgram(Struct, frozen=True, tag=True):
    """Run a program, which finds the attached files as ``files`` and may set ``result``."""

    program: str


class ProgramResult(Struct, frozen=True, tag=True):
    value: str | int | float | bool | list[float] | None


def run_program(request: RunProgram, files: Sequence[int], _: Callable[[Struct], None]) -> ProgramResult:
    names: dict[str, object] = {"files": files, "result": None}
    exec(request.program, names)
    return ProgramResult(names["result"])  # type: ignore[arg-type]  # what it cannot hold fails to be encoded


def main(control: int) -> None:
    from adapters.codec.pool import fork_server, worker  # noqa: PLC0415  only a fork server may load decoders

    fork_server.main(control, {**worker.TASKS, RunProgram: run_program})
