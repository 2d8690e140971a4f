"""Images that can be recognised wherever something of them is left."""

import secrets
from collections.abc import Mapping
from typing import Any

import httpx

from kit.images.samples import sample_image
from kit.servers.requests import store, with_variants

SLICE = 64  # bytes


class MarkedImages:
    """Images whose names, tags, texts and keys hold one word, by themselves or in what they were before."""

    def __init__(self) -> None:
        self.word = f"marked{secrets.token_hex(8)}"
        self.ids: list[int] = []
        self.urls: list[str] = []
        self._slices: dict[str, bytes] = {}

    def add(self, client: httpx.Client, number: int) -> None:
        """Store an image, replace it, rename it, describe it and publish it."""
        answer = client.post(
            "/image/",
            files={"original": (f"{self.word}-first-{number}.png", _pixels(number))},
            headers={"Idempotency-Key": f"{self.word}-{number}"},
        )
        assert answer.status_code == 201, answer.text
        id = answer.json()["id"]
        self._note(with_variants(client, id), f"first {number}")
        replaced = client.put(f"/image/{id}/", files={"original": (f"{self.word}-{number}.png", _pixels(-1 - number))})
        assert replaced.status_code == 200, replaced.text
        details = {"name": f"{self.word}-last-{number}.png", "alt": f"{self.word} " * 20, "tags": [self.word, "other"]}
        assert client.patch(f"/image/{id}/", json={**details, "public": True}).status_code == 200
        self._note(with_variants(client, id), f"last {number}")
        self.ids.append(id)

    @property
    def wanted(self) -> Mapping[str, bytes]:
        """What must not be found any more."""
        return {"the word": self.word.encode(), **self._slices}

    def _note(self, image: Any, which: str) -> None:
        for part in ("original", "small", "medium"):
            answer = httpx.get(image[part])
            assert answer.status_code == 200, answer.text
            data = answer.content
            middle = len(data) // 2
            self._slices[f"{part} of {which}"] = data[middle : middle + SLICE]
            self.urls.append(image[part])


def _pixels(seed: int) -> bytes:
    return sample_image(seed=seed, width=400, height=330)


def add_others(client: httpx.Client, numbers: range) -> list[Any]:
    """Images that must stay as they are."""
    images = [store(client, sample_image(seed=1000 + number), f"kept-{number}.png") for number in numbers]
    return [with_variants(client, image["id"]) for image in images]


def are_whole(client: httpx.Client, images: list[Any]) -> bool:
    return all(
        client.get(f"/image/{each['id']}/").json()["sha256"] == each["sha256"]
        and httpx.get(each[part]).status_code == 200
        for each in images
        for part in ("original", "small", "medium")
    )
