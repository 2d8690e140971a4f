"""A house for the stories of use cases; its image workers are started once for all of them."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits
from adapters.system.staging import FolderStaging
from behaviour.crashing import Fate
from behaviour.house import House
from behaviour.remembering import RememberingCodec
from behaviour.street import Street
from kit.pictures.samples import a_picture


@pytest.fixture(scope="module")
async def open_house(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Callable[[Fate], House]]:
    staging = FolderStaging(Path(tmp_path_factory.mktemp("behaviour")) / "staging")
    staging.open()
    codec = PooledImageCodec(PoolLimits(), readable=[str(staging.inlets)], writable=[str(staging.outlets)])
    remembering = RememberingCodec(codec)
    yield lambda fate: House(remembering, staging, fate)
    await codec.close()
    staging.close()


@pytest.fixture
def house(open_house: Callable[[Fate], House]) -> House:
    return open_house(Fate())


@pytest.fixture
async def street(house: House) -> Street:
    street = Street(house)
    await street.process()
    for seed in (1, 2, 3):
        await house.store(a_picture(seed=seed))
    await house.make_pending()
    return street
