"""Commands that remove images from a store to which blobs were moved, with settings that still name the old one first."""

from pathlib import Path

import pytest

from kit.fixtures.moving import blobs_in
from kit.images.samples import sample_image
from kit.servers.calotype import Server


@pytest.mark.parametrize(
    "command", [("images", "delete", "a.png"), ("users", "remove", "admin", "--with-images", "--yes")]
)
def test_blobs_are_removed_from_the_store_in_use(tmp_path: Path, command: tuple[str, ...]) -> None:
    other = tmp_path / "other"
    cli = Server(tmp_path, {"CALOTYPE_STORAGE__OTHER__KIND": "filesystem", "CALOTYPE_STORAGE__OTHER__PATH": str(other)})
    cli.token()
    (tmp_path / "a.png").write_bytes(sample_image())
    cli.call("images", "add", "a.png")
    cli.call("storage", "move", "--to", "storage.other")
    cli.call("storage", "move", "--finish")
    assert blobs_in(other)
    cli.call(*command)
    assert blobs_in(other) == {}
