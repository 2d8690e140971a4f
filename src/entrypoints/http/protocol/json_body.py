"""Bodies of requests that are JSON objects."""

from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from msgspec import UnsetType

from entrypoints.http.protocol.errors import InvalidBody
from entrypoints.http.protocol.json_problems import in_plain_words

MEDIA_TYPE = "application/json"

Object = TypeVar("Object")
Value = TypeVar("Value")


def read_object(body: bytes, kind: type[Object]) -> Object:
    """The object in the body of a request.

    Raises:
        InvalidBody: it is no JSON object of this kind.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise InvalidBody(in_plain_words(str(error))) from error
    except UnicodeDecodeError as error:
        raise InvalidBody("it is not in UTF-8") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidBody("it is not JSON") from error


def stated(value: Value | UnsetType) -> Value | None:
    """``value``, or None if the object does not state it."""
    return None if isinstance(value, UnsetType) else value


def in_utc(at: datetime, member: str) -> datetime:
    """
    Raises:
        InvalidBody: it is before or after all times that can be used.
    """
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise InvalidBody(f"{member} is out of range") from error
