"""Logging to standard error, as text or as JSON lines. Lines of requests go to standard output."""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

from entrypoints.settings import Logging

REQUESTS = "calotype.requests"  # the logger of requests
REQUEST_FORMAT = "[%(asctime)s] %(message)s %(request)s"

current_request: ContextVar[str] = ContextVar("current_request", default="")
"""The id of the request that is being answered; empty if none is. Tasks that a request starts inherit it."""


class JsonLines(logging.Formatter):
    """One object a line. ``members`` of a record are members of the line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "members", {})
        if request := current_request.get():
            line["request"] = request
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


class TextLines(logging.Formatter):
    """Lines for people. What was logged while a request was answered ends with its id."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s%(request)s")

    def format(self, record: logging.LogRecord) -> str:
        request = current_request.get()
        record.request = f" [request {request}]" if request else ""
        return super().format(record)


class RequestLines(logging.Formatter):
    def __init__(self) -> None:
        super().__init__(REQUEST_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        record.request = current_request.get()
        return super().format(record)


def server_formatters(settings: Logging) -> dict[str, object] | None:
    """What the HTTP server adds to the configuration of its own loggers."""
    if settings.format != "json":
        return None
    as_json = {"()": f"{__name__}.{JsonLines.__name__}"}
    return {"formatters": {"generic": as_json, "access": as_json}}


def configure_logging(settings: Logging) -> None:
    """Send the log of this process to standard error. What the audit writes is written at every level.

    What libraries warn of is logged too, and in JSON also what ends the process.
    """
    as_json = settings.format == "json"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    logging.getLogger("calotype").setLevel(settings.level.upper())
    logging.getLogger("calotype.audit").setLevel(logging.INFO)
    requests = logging.getLogger(REQUESTS)
    requests.setLevel(logging.INFO)
    requests.propagate = False
    requests.handlers[:] = [logging.StreamHandler(sys.stdout)]
    requests.handlers[0].setFormatter(JsonLines() if as_json else RequestLines())
    if as_json:
        sys.excepthook = _log_end


def announcement(settings: Logging, text: str, **members: str) -> str:
    """``text``, which is said to whoever starts a process; a line of the log, with ``members``, where that is in JSON."""
    if settings.format != "json":
        return text
    record = logging.LogRecord("calotype", logging.INFO, "", 0, text, (), None)
    record.members = members
    return JsonLines().format(record)


def _log_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("calotype").critical("the process ends: %s", kind.__name__, exc_info=(kind, error, trace))
