"""Calotype's codec on one image, in this process: the tasks of an image worker, without its process."""

import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.codec.tools import HEIGHTS

from adapters.codec.pool import fork_server
from adapters.codec.tasks.compress import compress
from adapters.codec.tasks.derive import derive
from domain.model.images.variant import VariantSpec
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.upload_rules import UploadRules

PRELOADED = fork_server.__name__  # as in a worker, before any image comes


def compressor(mode: str) -> Callable[[Path, Path], None]:
    warnings.simplefilter("ignore")
    rules = UploadRules(admission=AdmissionPolicy(), mode=CompressionMode(mode))

    def run(source: Path, target: Path) -> None:
        smaller = target.with_name(f"{target.name}.smaller")
        with source.open("rb") as upload, target.open("w+b") as stripped, smaller.open("wb") as improved:
            files = upload.fileno(), stripped.fileno(), improved.fileno()
            made = compress(rules, files, lambda _: None)
        if made.smaller is not None:
            smaller.replace(target)
        smaller.unlink(missing_ok=True)

    return run


def deriver() -> Callable[[Path, Path], None]:
    """Writes each variant next to the target; its name follows that of the target."""
    specs = [VariantSpec(name, height) for name, height in HEIGHTS.items()]

    def run(source: Path, target: Path) -> None:
        with ExitStack() as files:
            upload = files.enter_context(source.open("rb"))
            made = [files.enter_context(Path(f"{target}.{spec.name}").open("wb")) for spec in specs]
            derive(specs, [each.fileno() for each in (upload, *made)])
        target.touch()

    return run
