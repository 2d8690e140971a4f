"""Uploads that were cut short are refused, or stored whole with what is there, as the rules say."""

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from PIL import Image

from domain.errors import UndecodableImage
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from domain.model.pixels.upload_rules import UploadRules
from kit.images.codecs import CODECS, CodecWorkspace, a_photo, contents, encoded, open_workspace

pytestmark = pytest.mark.anyio


@pytest.fixture
async def workspace(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CodecWorkspace]:
    async with open_workspace(CODECS["pool"], tmp_path_factory) as workspace:
        yield workspace


@pytest.mark.parametrize("mode", CompressionMode)
@pytest.mark.parametrize(
    ("format", "lost"), [(ImageFormat.JPEG, 100), (ImageFormat.JPEG, 300), (ImageFormat.PNG, 900), (ImageFormat.GIF, 1)]
)
async def test_an_upload_that_was_cut_short(
    workspace: CodecWorkspace, mode: CompressionMode, format: ImageFormat, lost: int
) -> None:
    upload = workspace.upload(encoded(a_photo(), format)[:-lost])
    refusing, accepting = (UploadRules(admission=AdmissionPolicy(), mode=mode, damaged=each) for each in (False, True))
    with pytest.raises(UndecodableImage):
        await workspace.codec.compress(upload, refusing, workspace.outlet(), None)
    made = await workspace.codec.compress(upload, accepting, workspace.outlet(), None)
    with Image.open(BytesIO(contents(made.file))) as image:
        image.load()
        assert image.size == a_photo().size
    [(_, variant)] = await workspace.derive(contents(made.file), 40)
    assert variant.height == 40
