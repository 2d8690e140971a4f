"""Parts of the application are created once, on first use, and can be overridden."""

import subprocess
import sys
from functools import cached_property
from pathlib import Path

from dependency_injector import providers

from domain.ports.system import Clock
from entrypoints.assembly.system import SystemParts
from entrypoints.container import Container, make_application
from entrypoints.settings import Settings
from entrypoints.settings.stores import Storage
from kit.fixtures.entities import SetClock


class FixedClockParts(SystemParts):
    @cached_property
    def clock(self) -> Clock:
        return SetClock()


def test_a_group_of_parts_can_be_overridden() -> None:
    container = Container(settings=Settings())
    container.system.override(providers.Singleton(FixedClockParts))
    app = container.application()
    assert app.images.delete_expired_images.clock is app.parts.system.clock
    assert isinstance(app.access.add_user.clock, SetClock)


def test_parts_are_made_once() -> None:
    app = make_application(Settings())
    assert app.images.store_image.units is app.images.delete_image.units is app.parts.database.units
    assert make_application(Settings()).parts.database is not app.parts.database


def test_parts_are_made_only_when_requested(tmp_path: Path) -> None:
    app = make_application(Settings(storage=Storage(data=str(tmp_path / "data"))))
    assert app.images.compress_file.admission.frames
    assert app.access.list_access_keys.units
    assert not (tmp_path / "data").exists(), "the secret is created on first use"


def test_the_job_engine_that_is_not_chosen_is_not_imported() -> None:
    code = (
        "import sys; from entrypoints.container import make_application; from entrypoints.settings import Settings; "
        "make_application(Settings()).parts.jobs.queue; sys.exit('procrastinate' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
