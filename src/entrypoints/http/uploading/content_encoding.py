"""Refusing bodies that are compressed."""

from entrypoints.http.protocol.errors import EncodedBody
from entrypoints.http.protocol.problems import AnyRequest


def refuse_encoded(request: AnyRequest) -> None:
    """
    Raises:
        EncodedBody: the body has a ``Content-Encoding``.
    """
    encoding = request.headers.get("content-encoding", "").strip()
    if encoding.lower() not in ("", "identity"):
        raise EncodedBody(encoding)
