"""Checks URLs with REDbot. A separate program, because REDbot has its own event loop and raises warnings.

Reads requests as JSON from standard input, each under a name, and prints its findings as JSON under the same names.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from configparser import ConfigParser

import thor
from httplint.note import Note
from redbot.resource import HttpResource  # type: ignore[import-untyped]  # it has types but no py.typed file

Found = dict[str, object]


def main() -> None:
    settings = ConfigParser()
    settings.read_dict({"redbot": {"enable_local_access": "True"}})
    asked = json.load(sys.stdin)
    notes: dict[str, Found] = {}
    for name, each in asked.items():
        resource = HttpResource(settings["redbot"])
        resource.set_request(each["url"], each.get("method", "GET"), list(each.get("headers", {}).items()))

        def note(name: str = name, resource: HttpResource = resource) -> None:
            notes[name] = _found(resource)
            if len(notes) == len(asked):
                thor.stop()

        resource.on("check_done", note)
        resource.check()
    thor.run()
    json.dump(notes, sys.stdout)


def _found(resource: HttpResource) -> Found:
    made = {"asked": resource, **{name: check for name, check in resource.subreqs.items() if check.fetch_started}}
    return {
        "error": resource.fetch_error and str(resource.fetch_error),
        "statuses": {name: each.response.status_code for name, each in made.items()},
        "notes": [
            [level, f"{name}: {kind}: {summary}"]
            for name, each in made.items()
            for level, kind, summary in _notes(each.response.notes)
        ],
    }


def _notes(notes: Iterable[Note]) -> Iterator[tuple[str, str, str]]:
    for each in notes:
        yield each.level.name, type(each).__name__, str(each.summary)
        yield from _notes(each.subnotes)


if __name__ == "__main__":
    main()
