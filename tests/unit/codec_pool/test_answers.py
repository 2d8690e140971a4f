"""What the server makes of answers that no honest worker gives: the image is refused, and nothing of it is kept."""

from dataclasses import replace

import msgspec
import pytest
from msgspec import Struct

from adapters.codec.pool.answers import judged_plan, judged_variants
from adapters.codec.shared.messages import (
    Derived,
    Description,
    Examined,
    Improved,
    MadeVariantFile,
    NotAccepted,
    Reply,
    TaskFailed,
)
from adapters.codec.shared.packets import Malformed, PacketDecoder
from domain.errors import ImageTooLarge, UndecodableImage
from domain.model.images.variant import VariantSpec
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFacts, ImageFormat
from domain.model.pixels.upload_rules import UploadRules

RULES = UploadRules(admission=AdmissionPolicy(), mode=CompressionMode.EXCELLENT)
THUMBHASH = "1QcSHQRnh493V4dIh4eXh1h4kJUI"
FACTS = ImageFacts(format=ImageFormat.JPEG, width=200, height=150, quality=90)


@pytest.mark.parametrize(
    "absurd",
    [
        {"width": 0},
        {"height": -1},
        {"width": 2**62},
        {"frames": 0},
        {"frames": 2**62},
        {"scans": -(2**62)},
        {"scans": 2**62},
        {"blocks": 0},
        {"blocks": 2**62},
        {"depth": 0},
        {"depth": 2**62},
        {"quality": 0},
        {"quality": 2**62},
    ],
    ids=str,
)
def test_facts_that_no_image_has_are_refused(absurd: dict[str, int]) -> None:
    judged_plan(Examined(FACTS, 1, THUMBHASH), RULES, 1)
    with pytest.raises((UndecodableImage, ImageTooLarge)):
        judged_plan(Examined(replace(FACTS, **absurd), 1, THUMBHASH), RULES, 1)  # type: ignore[arg-type]  # all are numbers


def test_a_file_larger_than_the_upload_is_refused() -> None:
    judged_plan(Examined(FACTS, 784, THUMBHASH), RULES, 784)
    with pytest.raises(UndecodableImage):
        judged_plan(Examined(FACTS, 785, THUMBHASH), RULES, 784)


@pytest.mark.parametrize(
    "answer",
    [
        Examined(FACTS, 0, THUMBHASH),
        Examined(FACTS, 1, "A"),
        Examined(FACTS, 1, "A" + "=" * 63),
        Examined(FACTS, 1, THUMBHASH * 2),
        Improved(None, ("it failed",) * 5),
        Improved(None, ("x" * 301,)),
        TaskFailed("image", "x" * 301),  # type: ignore[arg-type]  # as it is sent
        NotAccepted("x" * 101),
        Description(("landlock",) * 17, (), (), "jpegli"),
        Description((), ("seccomp",) * 17, (), "jpegli"),
        Description((), (), (("pillow", "1"),) * 17, "jpegli"),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_answers_of_any_length_are_not_taken(answer: Struct) -> None:
    with pytest.raises(Malformed):
        PacketDecoder[Reply](Reply).decode(msgspec.msgpack.encode(answer))


@pytest.mark.parametrize(
    "made",
    [
        (MadeVariantFile(1_300 << 20, ImageFormat.JPEG, 100, 75),),
        (),
        (MadeVariantFile(9, ImageFormat.JPEG, 100, 75), MadeVariantFile(9, ImageFormat.JPEG, 100, 75)),
        (MadeVariantFile(9, ImageFormat.JPEG, 101, 75),),
        (MadeVariantFile(9, ImageFormat.JPEG, 100, 81),),
        (MadeVariantFile(9, ImageFormat.PNG, 100, 75),),
    ],
)
def test_variants_that_are_not_as_they_were_ordered_are_refused(made: tuple[MadeVariantFile, ...]) -> None:
    ordered = [VariantSpec("small", height=80, width=100, format=ImageFormat.JPEG)]
    judged_variants(ordered, Derived((MadeVariantFile(9, ImageFormat.JPEG, 100, 75),)))
    with pytest.raises(UndecodableImage):
        judged_variants(ordered, Derived(made))


@pytest.mark.parametrize(("wanted", "size"), [(False, 10), (True, 86)])
def test_an_avif_that_was_not_wanted_or_saves_too_little_is_refused(*, wanted: bool, size: int) -> None:
    judged_variants([VariantSpec("small", height=80, avif=True)], Derived((_with_avif(85),)))
    with pytest.raises(UndecodableImage):
        judged_variants([VariantSpec("small", height=80, avif=wanted)], Derived((_with_avif(size),)))


def _with_avif(size: int) -> MadeVariantFile:
    return MadeVariantFile(100, ImageFormat.JPEG, 100, 75, avif=size)
