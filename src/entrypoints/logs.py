"""Logging to standard error, as text or as JSON lines."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from entrypoints.settings import Logging

REQUESTS = "granian.access"  # the logger of requests
REQUEST_FORMAT = '[%(time)s] %(addr)s "%(method)s %(path)s %(protocol)s" %(status)d %(dt_ms).3f'


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= _request(record) | getattr(record, "audit", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _request(record: logging.LogRecord) -> dict[str, object]:
    """What a record of the HTTP server says of a request, without the query: it may hold a ticket or a signature."""
    found = record.args
    if record.name != REQUESTS or not isinstance(found, Mapping):
        return {}
    taken = found["dt_ms"]
    return {
        "message": f"{found['method']} {found['path']} {found['status']}",
        "method": found["method"],
        "path": found["path"],
        "status": found["status"],
        "address": found["addr"],
        "milliseconds": round(taken, 3) if isinstance(taken, float) else None,
    }


def server_formatters(settings: Logging) -> dict[str, object] | None:
    """What the HTTP server adds to the configuration of its own loggers, which write to standard output."""
    if settings.format != "json":
        return None
    as_json = {"()": f"{__name__}.{JsonLines.__name__}"}
    return {"formatters": {"generic": as_json, "access": as_json}}


def configure_logging(settings: Logging) -> None:
    """Send the log of this process to standard error. What the audit writes is written at every level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonLines()
        if settings.format == "json"
        else logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("calotype").setLevel(settings.level.upper())
    logging.getLogger("calotype.audit").setLevel(logging.INFO)
