"""Lists and their pages, against a real server."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from serving import Server
from wire import store


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
def test_limit_and_offset_are_taken_as_the_original_took_them(
    client: httpx.Client, query: str, expected: slice
) -> None:
    ids = [store(client, name=f"{n}.png")["id"] for n in range(12)][::-1]
    answer = client.get(f"/image/?{query}")
    assert answer.status_code == 200
    assert [image["id"] for image in answer.json()["results"]] == ids[expected]


def test_following_next_visits_everything_once_while_pictures_come_and_go(client: httpx.Client) -> None:
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


def test_a_cursor_that_is_not_ours_is_a_400(client: httpx.Client) -> None:
    for cursor in ("x", "o", "o1%27", "%ff", "o" + "9" * 40):
        assert client.get(f"/image/?cursor={cursor}").status_code == 400


def test_a_page_has_at_most_a_hundred_pictures(client: httpx.Client) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: store(client, name=f"{n}.png"), range(101)))
    page = client.get("/image/?limit=1000").json()
    assert (page["count"], len(page["results"])) == (101, 100)
    assert len(client.get(page["next"]).json()["results"]) == 1
