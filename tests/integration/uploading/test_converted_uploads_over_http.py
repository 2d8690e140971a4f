"""Uploads in formats that are converted or kept, and the two names of what they become, against a real server."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from domain.model.pixels.media import ImageFormat
from domain.model.pixels.source import SourceFormat
from kit.images.codecs import a_photo, encoded, opened
from kit.images.samples import sample_image
from kit.images.sources import SOURCE_SAMPLES, a_heic
from kit.servers.calotype import running
from kit.servers.requests import SAMPLE, store, with_variants

JP2 = SOURCE_SAMPLES[SourceFormat.JP2]()
STORED_AS = {SourceFormat.HEIC: "jpeg", SourceFormat.JP2: "jpeg"}


@pytest.mark.parametrize("format", SourceFormat)
def test_each_source_format_is_stored_in_one_that_browsers_show(client: httpx.Client, format: SourceFormat) -> None:
    stored_as = STORED_AS.get(format, "png")
    image = store(client, SOURCE_SAMPLES[format](), f"scan.{format.extension}")
    name = f"scan.{'jpg' if stored_as == 'jpeg' else 'png'}"
    assert (image["name"], image["sent_name"]) == (name, f"scan.{format.extension}")
    assert (image["format"], image["uploaded_format"]) == (stored_as, format.value)
    by_name, by_sent_name = (client.get(f"/image/{each}/") for each in (image["name"], image["sent_name"]))
    assert by_name.content == by_sent_name.content == httpx.get(image["original"]).content
    assert by_sent_name.headers["Content-Type"] == f"image/{stored_as}"
    assert opened(by_name.content).format == stored_as.upper()
    made = with_variants(client, image["id"])
    assert httpx.get(made["small"]).status_code == 200
    assert client.get(f"/image/{image['sent_name']}/small/").status_code == 200


def test_a_file_sent_under_a_name_of_the_new_format_has_the_other_as_well(client: httpx.Client) -> None:
    image = store(client, a_heic(), "IMG_0001.JPG")
    assert (image["name"], image["sent_name"]) == ("IMG_0001.JPG", "IMG_0001.heic")
    image = store(client, a_heic(), "no extension")
    assert (image["name"], image["sent_name"]) == ("no extension.jpg", "no extension.heic")


def test_a_file_that_keeps_its_format_has_one_name(client: httpx.Client) -> None:
    image = store(client, SAMPLE, "photo.heic")
    assert (image["name"], image["sent_name"], image["uploaded_format"]) == ("photo.png", None, "png")
    assert image["compression"]["pages"] == 1
    assert client.get("/image/photo.heic/").status_code == 404


def test_a_second_file_of_the_same_name_gets_two_others(client: httpx.Client) -> None:
    first, second = store(client, a_heic(), "photo.heic"), store(client, a_heic("turned"), "photo.heic")
    assert first["sent_name"] == "photo.heic" != second["sent_name"]
    assert first["name"] == "photo.jpg" != second["name"]
    assert client.get("/image/photo.heic/").content == httpx.get(first["original"]).content
    assert client.get(f"/image/{second['sent_name']}/").content == httpx.get(second["original"]).content


def test_a_taken_name_leaves_the_sent_name_as_it_was_sent(client: httpx.Client) -> None:
    store(client, sample_image(), "photo.png")
    image = store(client, a_heic("transparent"), "photo.heic")
    assert image["format"] == "png"
    assert image["name"].startswith("photo_")
    assert image["sent_name"] == "photo.heic"


def test_an_image_is_found_in_lists_by_the_name_that_was_sent(client: httpx.Client) -> None:
    store(client)
    image = store(client, a_heic(), "Süd.HEIC")
    for text in ("süd.heic", ".heic", ".jpg"):
        [found] = client.get("/image/", params={"search": text}).json()["results"]
        assert found["id"] == image["id"]


def test_a_replacement_by_the_sent_name_keeps_it(client: httpx.Client) -> None:
    image = store(client, a_heic(), "photo.heic")
    path = "/image/photo.heic/"
    replaced = client.put(path, files={"image": ("other.heic", a_heic("turned"))}).json()
    assert (replaced["id"], replaced["name"], replaced["sent_name"]) == (image["id"], "photo.jpg", "photo.heic")
    assert (replaced["width"], replaced["height"]) == (90, 120)
    replaced = client.put(path, files={"image": ("other.heic", a_heic("transparent"))}).json()
    assert (replaced["name"], replaced["sent_name"]) == ("photo.png", "photo.heic"), "it became a PNG"
    refused = client.put(path, files={"image": ("photo.png", SAMPLE)})
    assert (refused.status_code, refused.headers["Calotype-Error"]) == (422, "format-differs")


def test_a_replacement_by_id_takes_the_names_of_the_new_file(client: httpx.Client) -> None:
    image = store(client, a_heic(), "photo.heic")
    path = f"/image/{image['id']}/"
    replaced = client.put(path, files={"image": ("scan.tif", SOURCE_SAMPLES[SourceFormat.TIFF]())}).json()
    assert (replaced["name"], replaced["sent_name"]) == ("scan.png", "scan.tif")
    replaced = client.put(path, files={"image": ("plain.png", SAMPLE)}).json()
    assert (replaced["name"], replaced["sent_name"], replaced["uploaded_format"]) == ("plain.png", None, "png")
    assert client.get("/image/scan.tif/").status_code == 404


def test_an_image_is_deleted_by_the_name_that_was_sent(client: httpx.Client) -> None:
    image = store(client, a_heic(), "photo.heic")
    assert client.delete("/image/photo.heic/").status_code == 204
    assert client.get(f"/image/{image['id']}/").status_code == 404
    again = store(client, a_heic(), "photo.heic")
    assert (again["name"], again["sent_name"]) == ("photo.jpg", "photo.heic")


def test_the_receipt_tells_how_many_pages_the_upload_had(client: httpx.Client) -> None:
    image = store(client, a_heic("three"), "burst.heic")
    assert image["compression"]["pages"] == 3
    assert client.get(f"/image/{image['id']}/").json()["compression"] == image["compression"]


def test_a_format_that_is_not_in_the_setting_is_refused_and_the_others_are_named(tmp_path: Path) -> None:
    with running(tmp_path, CALOTYPE_IMAGES__ACCEPT="jpeg,png") as server:
        with server.client(server.token()) as client:
            answer = client.post("/image/", files={"image": ("photo.heic", a_heic())})
            assert answer.status_code == 422
            assert answer.json() == {"image": ["HEIC files are not accepted. Upload one of: JPEG, PNG."]}
            assert client.get("/image/").json()["count"] == 0
            assert store(client)["format"] == "png"


# formats that are kept


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a server that keeps every format that it can."""
    with running(tmp_path, CALOTYPE_IMAGES__ACCEPT="jpeg,png,heic,jp2:keep,jxl") as server:
        with server.client(server.token()) as client:
            yield client


@pytest.mark.parametrize("format", [ImageFormat.JP2, ImageFormat.JXL])
def test_a_format_that_is_kept_is_stored_and_served_as_it_is(keeping: httpx.Client, format: ImageFormat) -> None:
    upload = encoded(a_photo(), format)
    image = store(keeping, upload, f"scan.{format}")
    assert (image["name"], image["sent_name"]) == (f"scan.{format}", None)
    assert (image["format"], image["uploaded_format"]) == (format.value, format.value)
    assert (image["compression"]["codec"], image["compression"]["lossless"]) == ("none", True)
    shown = keeping.get(f"/image/scan.{format}/")
    assert shown.headers["Content-Type"] == f"image/{format}"
    assert shown.content == httpx.get(image["original"]).content
    assert opened(shown.content).tobytes() == opened(upload).tobytes()
    made = with_variants(keeping, image["id"])
    assert opened(httpx.get(made["small"]).content).format in ("JPEG", "PNG")
    for alias in (format.value, format.media_type):
        [found] = keeping.get("/image/", params={"type": alias}).json()["results"]
        assert found["id"] == image["id"]
    assert keeping.get("/image/", params={"type": "gif"}).json()["count"] == 0


def test_kept_files_have_names_that_are_not_those_of_others(keeping: httpx.Client) -> None:
    first, second = store(keeping, JP2, "photo.jp2"), store(keeping, JP2, "photo.jp2")
    assert first["name"] == "photo.jp2" != second["name"]
    assert keeping.get(f"/image/{second['name']}/").status_code == 200
    renamed = keeping.patch(f"/image/{second['id']}/", json={"name": "other"}).json()
    assert (renamed["name"], renamed["sent_name"]) == ("other.jp2", None)
    assert keeping.get("/image/other.jp2/").status_code == 200
    assert keeping.get(f"/image/{second['name']}/").status_code == 404
    taken = keeping.patch("/image/other.jp2/", json={"name": "photo.jp2"})
    assert (taken.status_code, taken.headers["Calotype-Error"]) == (409, "image-name-taken")
    assert keeping.delete("/image/photo.jp2/").status_code == 204
    assert keeping.get("/image/photo.jp2/").status_code == 404


def test_what_a_name_means_stays_when_the_setting_changes(tmp_path: Path) -> None:
    """Converted first, then kept, then converted again, always under the name that was sent."""
    jxl = encoded(a_photo(), ImageFormat.JXL)
    with running(tmp_path) as server, server.client(token := server.token()) as client:
        image = store(client, JP2, "photo.jp2")
        assert (image["format"], image["name"], image["sent_name"]) == ("jpeg", "photo.jpg", "photo.jp2")
        refused = client.post("/image/", files={"image": ("photo.jxl", jxl)})
        assert (refused.status_code, refused.headers["Calotype-Error"]) == (422, "format-not-accepted")
    with running(tmp_path, CALOTYPE_IMAGES__ACCEPT="jp2:keep,jxl") as server, server.client(token) as client:
        assert store(client, JP2, "photo.jp2")["name"] != "photo.jp2", "it is a name of the first image"
        kept = client.put("/image/photo.jp2/", files={"image": ("new.jp2", JP2)}).json()
        assert (kept["id"], kept["format"]) == (image["id"], "jp2")
        assert (kept["name"], kept["sent_name"]) == ("photo.jp2", None)
        assert client.get("/image/photo.jpg/").status_code == 404
    with running(tmp_path) as server, server.client(token) as client:
        assert client.get("/image/photo.jp2/").headers["Content-Type"] == "image/jp2", "what is stored stays"
        replaced = client.put("/image/photo.jp2/", files={"image": ("new.jp2", JP2)}).json()
        assert (replaced["format"], replaced["name"], replaced["sent_name"]) == ("jpeg", "photo.jpg", "photo.jp2")


def test_a_kept_file_stays_what_it_is_when_it_is_recompressed(tmp_path: Path) -> None:
    with (
        running(tmp_path, CALOTYPE_IMAGES__ACCEPT="jp2:keep") as server,
        server.client(token := server.token()) as client,
    ):
        image = store(client, JP2, "photo.jp2")
    with running(tmp_path) as server, server.client(token) as client:
        printed = server.call("images", "recompress", "--again", "--with-loss").stdout.decode()
        assert printed.startswith("1 checked, 0 became smaller")
        after = client.get(f"/image/{image['id']}/").json()
        assert (after["sha256"], after["format"], after["name"]) == (image["sha256"], "jp2", "photo.jp2")
