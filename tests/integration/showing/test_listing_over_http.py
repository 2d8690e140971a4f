"""Lists and their pages, against a real server."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from hashlib import sha256

import httpx
import pytest

from domain.model.images.image_filter import ImageFilter
from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image
from kit.servers.calotype import Server
from kit.servers.requests import store


def test_a_list_has_the_shape_of_the_original(client: httpx.Client, server: Server) -> None:
    ids = [store(client, name=f"{n}.png")["id"] for n in range(12)][::-1]
    page = client.get("/image/").json()
    assert set(page) == {"count", "next", "previous", "results"}
    assert (page["count"], page["previous"]) == (12, None)
    assert page["next"].startswith(f"{server.url}/image/?")
    assert [image["id"] for image in page["results"]] == ids[:10]
    second = client.get(page["next"]).json()
    assert [image["id"] for image in second["results"]] == ids[10:]
    assert second["next"] is None
    assert [image["id"] for image in client.get(second["previous"]).json()["results"]] == ids[:10]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=2", slice(0, 2)),
        ("limit=2&offset=1", slice(1, 3)),
        ("limit=0", slice(0, 10)),
        ("limit=x&offset=y", slice(0, 10)),
        ("limit=-1&offset=-1", slice(0, 10)),
        ("limit=1.5", slice(0, 10)),
        ("limit=999999999999999999999999&offset=0", slice(0, 12)),
        ("offset=99999999999999999999999999", slice(0, 0)),
        ("offset=11", slice(11, 12)),
        ("format=json", slice(0, 10)),
        ("limit=" + "9" * 5000, slice(0, 10)),
    ],
)
def test_limit_and_offset_are_read_as_in_the_original_service(
    client: httpx.Client, query: str, expected: slice
) -> None:
    ids = [store(client, name=f"{n}.png")["id"] for n in range(12)][::-1]
    answer = client.get(f"/image/?{query}")
    assert answer.status_code == 200
    assert [image["id"] for image in answer.json()["results"]] == ids[expected]


def test_a_page_beyond_the_end_links_back(client: httpx.Client) -> None:
    ids = [store(client, name=f"{n}.png")["id"] for n in range(5)][::-1]
    for limit, expected in ((3, ids[2:]), (9, ids)):
        beyond = client.get(f"/image/?limit={limit}&offset=500&format=json").json()
        assert (beyond["count"], beyond["next"], beyond["results"]) == (5, None, [])
        assert "format=json" in beyond["previous"]
        assert [image["id"] for image in client.get(beyond["previous"]).json()["results"]] == expected
    nothing = client.get("/image/?offset=3&search=never").json()
    assert (nothing["count"], nothing["previous"], nothing["results"]) == (0, None, [])


def test_following_next_visits_every_image_once_during_changes(client: httpx.Client) -> None:
    ids = [store(client, name=f"{n}.png")["id"] for n in range(9)]
    seen, url = [], "/image/?limit=2&offset=0&format=json"
    while url:
        page = client.get(url).json()
        seen += [image["id"] for image in page["results"]]
        store(client, name="new.png")
        client.delete(f"/image/{seen[0]}/")
        url = page["next"]
        assert url is None or "format=json" in url
    assert seen == ids[::-1]


def test_a_malformed_cursor_is_a_400(client: httpx.Client) -> None:
    for cursor in ("x", "o", "o1.1%27", "%ff", "o1." + "9" * 40, "o12"):
        assert client.get(f"/image/?cursor={cursor}").status_code == 400


def test_a_page_has_at_most_a_hundred_images(client: httpx.Client) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: store(client, name=f"{n}.png"), range(101)))
    page = client.get("/image/?limit=1000").json()
    assert (page["count"], len(page["results"])) == (101, 100)
    assert len(client.get(page["next"]).json()["results"]) == 1


def names_of(client: httpx.Client, query: str) -> list[str]:
    """The names on all pages of a list, by ``next``."""
    found: list[str] = []
    url = f"/image/?limit=2&{query}"
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [image["name"] for image in page["results"]]
        url = page["next"]
    assert page["count"] == len(found)
    return found


def test_a_list_can_be_ordered_and_filtered(client: httpx.Client) -> None:
    store(client, sample_image(ImageFormat.PNG, 40, 30), "b.png")
    store(client, sample_image(ImageFormat.JPEG, 200, 100), "A.jpg")
    between = store(client, sample_image(ImageFormat.WEBP, 64, 64), "ä & c.webp")["created_at"]
    store(client, sample_image(ImageFormat.JPEG, 100, 200), "d.jpg")
    everything = ["d.jpg", "ä & c.webp", "A.jpg", "b.png"]
    for query, expected in (
        ("ordering=-created_at", everything),
        ("ordering=created_at", everything[::-1]),
        ("ordering=name", ["A.jpg", "b.png", "d.jpg", "ä & c.webp"]),
        ("ordering=-name", ["ä & c.webp", "d.jpg", "b.png", "A.jpg"]),
        ("type=jpeg", ["d.jpg", "A.jpg"]),
        ("type=JPG&ordering=name", ["A.jpg", "d.jpg"]),
        ("type=image/webp", ["ä & c.webp"]),
        ("search=%C3%84", ["ä & c.webp"]),
        ("search=.JP", ["d.jpg", "A.jpg"]),
        (f"created_after={between}", ["d.jpg", "ä & c.webp"]),
        (f"created_before={between}&ordering=name", ["A.jpg", "b.png"]),
        ("created_after=2001-01-01", everything),
        ("created_before=2001-01-01T00:00:00+02:00", []),
        ("created_before=2001-01-01%2000:00+0200", []),
        ("created_after=2001-01-01T00:00Z", everything),
        ("min_width=100", ["d.jpg", "A.jpg"]),
        ("min_width=100&max_height=100", ["A.jpg"]),
        ("max_size=1", []),
        (f"uploaded_sha256={sha256(sample_image(ImageFormat.PNG, 40, 30)).hexdigest().upper()}", ["b.png"]),
        (f"uploaded_sha256={sha256(b'').hexdigest()}", []),
        ("type=&search=&ordering=&min_width=", everything),
        ("colour=red&format=json&user=7", everything),
    ):
        assert names_of(client, query) == expected, query
    sizes = [image["size"] for image in client.get("/image/?ordering=-size").json()["results"]]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "type=svg",
        "ordering=colour",
        "created_after=yesterday",
        "created_before=2026-13-01",
        "min_width=wide",
        "max_size=-1",
        "uploaded_sha256=" + "0" * 63,
        "min_height=1.5",
        "max_width=" + "9" * 30,
        "search=" + "x" * 300,
        "search=%00",
        "min_width=1_0",
        "min_width=%EF%BC%91",
        "created_after=2026-05-18%0018:05:06",
    ],
)
def test_an_invalid_condition_is_a_400_that_names_it(client: httpx.Client, query: str) -> None:
    name = query.partition("=")[0]
    answer = client.get(f"/image/?{query}")
    assert answer.status_code == 400
    assert answer.headers["Calotype-Error"] == "invalid-parameter"
    (sentence,) = answer.json()[name]
    assert sentence.startswith("Give ")
    assert ("from 0 to 9,223,372,036,854,775,807" in sentence) == name.startswith(("min_", "max_"))


def test_the_openapi_document_lists_every_condition(client: httpx.Client) -> None:
    parameters = client.get("/schema/openapi.json").json()["paths"]["/image"]["get"]["parameters"]
    names = {each["name"] for each in parameters}
    assert names >= {"limit", "offset", "cursor", "ordering", *(each.name for each in fields(ImageFilter))}
