"""Requests to a service."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import parse_qs, quote, urlsplit

import httpx

from calotype_client.errors import Refused, Unreachable
from calotype_client.objects import Account, Image, account_of, image_of

Ordering = Literal["-created_at", "created_at", "name", "-name", "size", "-size"]
Filter = str | int | bool | datetime

DEADLINES = httpx.Timeout(20, read=180)  # seconds; an upload waits until the image is compressed
PAGE = 100  # images; more are not given at once
LONGEST_PAUSE = 30.0  # seconds
PROBLEM = "application/problem+json"


class _Unchanged(Enum):
    UNCHANGED = "unchanged"


UNCHANGED: Final = _Unchanged.UNCHANGED
"""For ``expires_at``, of which None means never."""


class Calotype:
    """The images of the user of a token. Close it, or use it in a ``with``. It may be used by several threads.

    Every method raises ``Refused`` if the service answers with an error, and ``Unreachable`` if it does not answer. What is
    asked for without a change, and uploads, are tried ``attempts`` times as long as the service is not reached or says that
    it may succeed later; an upload is stored once all the same. Changes are tried once.
    """

    def __init__(self, server: str, token: str, *, attempts: int = 3, timeout: httpx.Timeout = DEADLINES) -> None:
        headers = {"Authorization": f"Token {token}", "Accept": f"{PROBLEM}, */*;q=0.9"}
        self._http = httpx.Client(base_url=server, headers=headers, timeout=timeout)
        self._attempts = attempts

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Store

    def upload(self, file: Path | bytes, *, name: str | None = None) -> Image:
        """Store a file, or its bytes; ``name`` is by default that of the file, or ``image`` for bytes."""
        return image_of(_told(self._repeated("POST", "image/", **_with(file, name, _once()))))

    def upload_from_url(self, url: str, *, name: str | None = None) -> Image:
        """Have the service fetch a file and store it. Its setting ``images.from_urls`` must allow that."""
        asked = {"url": url} if name is None else {"url": url, "name": name}
        return image_of(_told(self._repeated("POST", "image/", json=asked, headers=_once())))

    def replace(self, image_id: int, file: Path | bytes, *, name: str | None = None) -> Image:
        """Give an image other bytes. Its id, tags and public address stay; its name follows the file."""
        return image_of(_told(self._asked("PUT", f"image/{image_id}/", **_with(file, name))))

    # Look

    def images(self, *, ordering: Ordering = "-created_at", **filters: Filter) -> Iterator[Image]:
        """All images, or those that match the filters of the service, such as ``tag``, ``type``, ``search``, ``min_width``.

        Pages are asked for as they are needed. Images that are stored meanwhile do not appear.
        """
        query = {"ordering": ordering, "limit": str(PAGE), **{name: _text(value) for name, value in filters.items()}}
        while True:
            answer = self._repeated("GET", "image/", params=query)
            unknown = answer.headers.get("Calotype-Ignored")
            if unknown:
                raise TypeError(f"the service has no filter {unknown}")
            page = _told(answer)
            yield from map(image_of, page["results"])
            if page["next"] is None:
                return
            # Only the place is taken from there: the service may know itself by another address than this client.
            query["cursor"] = parse_qs(urlsplit(page["next"]).query)["cursor"][0]

    def get(self, image_id: int, *, wait: int = 0) -> Image:
        """Describe an image. With ``wait``, at most so many seconds (60 at most) pass until its variants are made."""
        query = {"wait": wait} if wait else {}
        return image_of(_told(self._repeated("GET", f"image/{image_id}/", params=query)))

    def find(self, name: str) -> Image | None:
        """The image of this name, or that was sent under it; None if there is none."""
        return next((each for each in self.images(search=name) if name in (each.name, each.sent_name)), None)

    def download(self, image: Image, variant: str | None = None) -> bytes:
        with self.stream(image, variant) as steps:
            return b"".join(steps)

    @contextmanager
    def stream(self, image: Image, variant: str | None = None) -> Iterator[Iterator[bytes]]:
        """The bytes of an image, or of its variant, in steps."""
        path = f"image/{quote(image.name, safe='')}/" + (f"{quote(variant, safe='')}/" if variant else "")
        try:
            with self._http.stream("GET", path, follow_redirects=True) as answer:  # perhaps to an S3 store
                if not answer.is_success:
                    answer.read()
                    raise _refusal(answer)
                yield answer.iter_bytes()
        except httpx.RequestError as error:
            raise _unreachable(error) from error

    def account(self) -> Account:
        return account_of(_told(self._repeated("GET", "account/")))

    # Change

    def change(
        self,
        image_id: int,
        *,
        name: str | None = None,
        alt: str | None = None,
        tags: Sequence[str] | None = None,
        public: bool | None = None,
        expires_at: datetime | Literal[_Unchanged.UNCHANGED] | None = UNCHANGED,
    ) -> Image:
        """Change what is said about an image; what is not stated stays. ``expires_at`` needs a time zone; None: never.

        ``public=True`` gives it a ``public_url``, ``public=False`` ends that.
        """
        stated: dict[str, Any] = {
            "name": name,
            "alt": alt,
            "tags": None if tags is None else list(tags),
            "public": public,
        }
        body = {member: value for member, value in stated.items() if value is not None}
        if expires_at is not UNCHANGED:
            body["expires_at"] = expires_at and expires_at.isoformat()
        return image_of(_told(self._asked("PATCH", f"image/{image_id}/", json=body)))

    def delete(self, image_id: int) -> None:
        """Delete an image for good."""
        self._asked("DELETE", f"image/{image_id}/")

    # Requests

    def _repeated(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer, after as many attempts as it needs."""
        left = self._attempts
        pause = 0.5
        while True:
            left -= 1
            try:
                return self._asked(method, path, **options)
            except Unreachable:
                if not left:
                    raise
            except Refused as refused:
                if not left or refused.retry_after is None or refused.retry_after > LONGEST_PAUSE:
                    raise
                pause = max(pause, refused.retry_after)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _asked(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.RequestError as error:
            raise _unreachable(error) from error
        if not answer.is_success:
            raise _refusal(answer)
        return answer


def _once() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _with(file: Path | bytes, name: str | None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The options of a request with a file."""
    return {
        "params": {"name": name or (file.name if isinstance(file, Path) else "image")},
        "content": file.read_bytes() if isinstance(file, Path) else file,
        "headers": {"Content-Type": "application/octet-stream", **(headers or {})},
    }


def _told(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise Refused(answer.status_code, None, "The answer is no JSON: is this the address of Calotype?") from error


def _text(value: Filter) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _unreachable(error: httpx.RequestError) -> Unreachable:
    return Unreachable(str(error) or type(error).__name__)


def _refusal(answer: httpx.Response) -> Refused:
    problem: dict[str, Any] = answer.json() if answer.headers.get("Content-Type", "").startswith(PROBLEM) else {}
    after = answer.headers.get("Retry-After", "")
    usual = {"type", "title", "status", "detail", "code"}
    return Refused(
        status=answer.status_code,
        code=answer.headers.get("Calotype-Error"),
        detail=problem.get("detail", f"The service answers {answer.status_code} {answer.reason_phrase}."),
        data={name: value for name, value in problem.items() if name not in usual},
        retry_after=float(after) if after.isdigit() else None,
        request_id=answer.headers.get("X-Request-ID"),
    )
