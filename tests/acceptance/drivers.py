"""The interfaces of Calotype, HTTP and the command line, which works here or over HTTP, behind one interface for tests."""

import json
from abc import abstractmethod
from pathlib import Path
from typing import Any, Protocol

import httpx

from kit.servers.calotype import Server


class Refused(Exception):
    """The request was refused. ``why`` is the kind of refusal, the same for both drivers."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(f"{why}: {text}")
        self.why = why


class Driver(Protocol):
    """What a user can do, by either interface."""

    @abstractmethod
    def store(self, data: bytes, name: str) -> dict[str, Any]: ...
    @abstractmethod
    def browse(self) -> list[dict[str, Any]]: ...
    @abstractmethod
    def describe(self, reference: str) -> dict[str, Any]: ...
    @abstractmethod
    def fetch(self, reference: str, variant: str | None = None) -> bytes: ...
    @abstractmethod
    def replace(self, reference: str, data: bytes, name: str) -> dict[str, Any]: ...
    @abstractmethod
    def edit(self, reference: str, **details: Any) -> dict[str, Any]:
        """Change details, named as in HTTP."""
        ...

    @abstractmethod
    def delete(self, reference: str) -> None: ...


class HttpDriver(Driver):
    REFUSALS = {400: "bad input", 413: "bad input", 422: "bad input", 404: "not found", 401: "denied", 409: "conflict"}

    def __init__(self, server: Server, username: str) -> None:
        self._server = server
        self._token = server.token(username)

    def store(self, data: bytes, name: str) -> dict[str, Any]:
        return self._asked("POST", "/image/", files={"original": (name, data)}).json()  # type: ignore[no-any-return]  # JSON

    def browse(self) -> list[dict[str, Any]]:
        found, url = [], "/image/?limit=2"
        while url:
            page = self._asked("GET", url).json()
            found += page["results"]
            url = page["next"]
        return found

    def describe(self, reference: str) -> dict[str, Any]:
        if not reference.isdigit():  # by name, HTTP answers with the bytes of the image
            return next(image for image in self.browse() if image["name"] == reference)
        return self._asked("GET", f"/image/{reference}/").json()  # type: ignore[no-any-return]  # JSON

    def fetch(self, reference: str, variant: str | None = None) -> bytes:
        name = self.describe(reference)["name"] if reference.isdigit() else reference
        return self._asked("GET", f"/image/{name}/" + (f"{variant}/" if variant else "")).content

    def replace(self, reference: str, data: bytes, name: str) -> dict[str, Any]:
        return self._asked("PATCH", f"/image/{reference}/", files={"image": (name, data)}).json()  # type: ignore[no-any-return]  # JSON

    def edit(self, reference: str, **details: Any) -> dict[str, Any]:
        return self._asked("PATCH", f"/image/{reference}/", json=details).json()  # type: ignore[no-any-return]  # JSON

    def delete(self, reference: str) -> None:
        self._asked("DELETE", f"/image/{reference}/")

    def _asked(self, method: str, url: str, **options: Any) -> httpx.Response:
        with self._server.client(self._token) as client:
            answer = client.request(method, url, **options)
        if answer.is_error:
            raise Refused(self.REFUSALS[answer.status_code], answer.text)
        return answer


class CliDriver(Driver):
    REFUSALS = {65: "bad input", 66: "not found", 77: "denied", 73: "conflict"}

    def __init__(self, server: Server, username: str, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._whose: tuple[str, ...] = ("--user", username)
        server.token(username)

    def store(self, data: bytes, name: str) -> dict[str, Any]:
        return json.loads(self._asked("add", "--json", self._file(data, name)))[0]  # type: ignore[no-any-return]  # JSON

    def browse(self) -> list[dict[str, Any]]:
        return json.loads(self._asked("list", "--json", "--all"))  # type: ignore[no-any-return]  # JSON

    def describe(self, reference: str) -> dict[str, Any]:
        return json.loads(self._asked("show", "--json", reference))  # type: ignore[no-any-return]  # JSON

    def fetch(self, reference: str, variant: str | None = None) -> bytes:
        return self._asked("get", reference, *(["--variant", variant] if variant else []))

    def replace(self, reference: str, data: bytes, name: str) -> dict[str, Any]:
        return json.loads(self._asked("replace", "--json", reference, self._file(data, name)))  # type: ignore[no-any-return]  # JSON

    def edit(self, reference: str, **details: Any) -> dict[str, Any]:
        options = [f"--{name}={details[name]}" for name in ("name", "alt") if name in details]
        if "tags" in details:
            options += [f"--tag={tag}" for tag in details["tags"]] or ["--no-tags"]
        if "public" in details:
            options.append("--public" if details["public"] else "--private")
        if "expires_at" in details:
            options.append(f"--expires={details['expires_at']}" if details["expires_at"] else "--never-expires")
        return json.loads(self._asked("edit", "--json", reference, *options))  # type: ignore[no-any-return]  # JSON

    def delete(self, reference: str) -> None:
        self._asked("delete", reference)

    def _file(self, data: bytes, name: str) -> str:
        path = self._folder / name
        path.write_bytes(data)
        return str(path)

    def _asked(self, *arguments: str) -> bytes:
        command, *rest = arguments
        ended = self._server.call("images", command, *self._whose, *rest, check=False)
        if ended.returncode:
            complaint = ended.stderr.decode()
            assert complaint.count("\n") == 1, f"an error is one line: {complaint}"
            raise Refused(self.REFUSALS[ended.returncode], complaint)
        return ended.stdout


class RemoteCliDriver(CliDriver):
    """The command line in a folder that has no installation: it works on the service over HTTP."""

    def __init__(self, server: Server, username: str, folder: Path) -> None:
        super().__init__(server, username, folder)
        (folder / "elsewhere").mkdir(exist_ok=True)
        settings = {"CALOTYPE_SERVER": server.url, "CALOTYPE_TOKEN": server.token(username)}
        self._server = Server(folder / "elsewhere", settings)
        self._whose = ()

    def _asked(self, *arguments: str) -> bytes:
        answer = super()._asked(*arguments)
        assert not list(self._server.folder.iterdir()), "a command about another machine makes nothing on this one"
        return answer
