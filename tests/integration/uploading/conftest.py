"""What the tests of uploads share."""

from collections.abc import Iterator

import pytest

from kit.servers.calotype import Server, running


@pytest.fixture(scope="package")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with short deadlines, places for two uploads, and one image worker for which nothing waits."""
    settings = {
        "CALOTYPE_HTTP__UPLOAD_PAUSE": "1",
        "CALOTYPE_HTTP__UPLOAD_DEADLINE": "3",
        "CALOTYPE_HTTP__UPLOADS": "2",
        "CALOTYPE_HTTP__UPLOAD_WAIT": "0.2",
        "CALOTYPE_IMAGES__WORKERS": "1",
        "CALOTYPE_IMAGES__WAITING": "0",
    }
    with running(tmp_path_factory.mktemp("impatient"), **settings) as server:
        yield server
