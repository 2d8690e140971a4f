"""A page of another origin, opened in a real browser."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from tempfile import mkdtemp
from threading import Thread
from typing import Any

from kit.servers import programs

PATIENCE = 120  # seconds; a loaded machine starts a browser slowly


class Page:
    """A page at ``origin``, served from this process. It reports by ``POST /report`` with JSON.

    The browser keeps its files in ``folder``. The page's policy lets it embed only files of other origins that allow it.
    """

    def __init__(self, folder: Path) -> None:
        reports: Queue[Any] = Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:  # noqa: N805  # the page is ``self``
                handler._answer(self.text.encode() if handler.path == "/" else b"")

            def do_POST(handler) -> None:  # noqa: N805  # as above
                reports.put(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
                handler._answer(b"")

            def _answer(handler, body: bytes) -> None:  # noqa: N805  # as above
                handler.send_response(200)
                handler.send_header("Content-Type", "text/html; charset=utf-8")
                handler.send_header("Content-Length", str(len(body)))
                handler.send_header("Cross-Origin-Embedder-Policy", "require-corp")
                handler.end_headers()
                handler.wfile.write(body)

            def log_message(handler, *_: object) -> None:  # noqa: N805  # as above
                """The log of a test is no place for its requests."""

        self.text = ""
        self._folder = folder
        self._reports = reports
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def run(self, script: str) -> Any:
        """What the body of an asynchronous function in JavaScript returns or throws, in headless Chromium."""
        self.text = f"""<!doctype html><script type="module">
            const report = value => fetch("/report", {{method: "POST", body: JSON.stringify(value)}});
            (async () => {{ {script} }})().then(report, error => report(String(error)));
            </script>"""
        command = [
            str(programs.chromium()), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-background-networking",
        ]  # fmt: skip
        profile = mkdtemp(dir=self._folder)  # its last processes may still write into it when the browser has ended
        log = Path(profile, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, f"--user-data-dir={profile}", f"{self.origin}/"], stdout=output, stderr=output
            )
        try:
            return self._reports.get(timeout=PATIENCE)
        except Empty:
            raise AssertionError(f"the page does not report:\n{log.read_text(errors='replace')}") from None
        finally:
            process.terminate()
            process.wait()


@contextmanager
def page(folder: Path) -> Iterator[Page]:
    page = Page(folder)
    thread = Thread(target=page.server.serve_forever)
    thread.start()
    try:
        yield page
    finally:
        page.server.shutdown()
        thread.join()
        page.server.server_close()
