"""An application for the tests of use cases; its image workers are started once for all of them."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits
from adapters.system.staging import FolderStaging
from kit.fixtures.application import Application
from kit.fixtures.caching_codec import CachingCodec
from kit.fixtures.faults import FaultPlan
from kit.fixtures.store_moves import MovingStores
from kit.images.samples import sample_image


@pytest.fixture(scope="module")
async def open_application(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Callable[[FaultPlan], Application]]:
    staging = FolderStaging(Path(tmp_path_factory.mktemp("behaviour")) / "staging")
    staging.open()
    codec = PooledImageCodec(PoolLimits())
    remembering = CachingCodec(codec)
    yield lambda faults: Application(remembering, staging, faults)
    await codec.close()
    staging.close()


@pytest.fixture
def application(open_application: Callable[[FaultPlan], Application]) -> Application:
    return open_application(FaultPlan())


@pytest.fixture
async def moving(application: Application) -> MovingStores:
    moving = MovingStores(application)
    await moving.process()
    for seed in (1, 2, 3):
        await application.store(sample_image(seed=seed))
    await application.make_pending()
    return moving
