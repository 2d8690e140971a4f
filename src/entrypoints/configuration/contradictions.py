"""Values that are impossible, or do not go together."""

import re
from collections.abc import Iterator
from ipaddress import ip_network

from domain.model.images.variant import Fit
from entrypoints.assembly import extra_decoders
from entrypoints.assembly.database_urls import is_postgres, problem_of
from entrypoints.assembly.store_kinds import STORE_KINDS, kind_of
from entrypoints.settings import Images, Settings
from entrypoints.settings.declaring import local_path
from entrypoints.settings.http import Http
from entrypoints.settings.remote import Remote
from entrypoints.settings.stores import FilesystemStore

SHORTEST_SECRET = 32  # characters
HIGHEST_PORT = 65_535
PLAIN_URL = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>\d{1,5}))?(/[^\s?#@\\]*)?", re.ASCII)

ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:(?P<port>\d{1,5}))?", re.ASCII)
USUAL_PORT = re.compile(r"(http:.*:80|https:.*:443)")


def contradictions(settings: Settings) -> Iterator[str]:
    homeless = [name for name, path in _paths(settings) if not _is_known(path)]
    yield from (f"{name}: the home folder in it is not known" for name in homeless)
    if homeless:  # the checks below need every path
        return
    yield from _contradictions_of_addresses(settings.http)
    yield from _contradictions_of_networks(settings.remote)
    yield from _contradictions_of_proxies(settings.http)
    if (problem := problem_of(settings.database_url)) is not None:
        yield f"database.url: {problem}"
    elif settings.jobs.engine == "procrastinate" and not is_postgres(settings.database_url):
        yield "jobs.engine: procrastinate needs PostgreSQL (database.url)"
    yield from _contradictions_of_formats(settings.images)
    if 0 < settings.images.workers < settings.http.workers:
        yield "images.workers: must be at least http.workers"
    yield from _contradictions_of_stores(settings)
    for name, variant in settings.variants.items():
        if variant.enabled and not (variant.height or variant.width):
            yield f"variants.{name}: height or width must be set"
        elif variant.enabled and variant.fit is Fit.COVER and not (variant.height and variant.width):
            yield f"variants.{name}.fit: cover needs both height and width"
    if any(len(secret) < SHORTEST_SECRET for secret in settings.auth.secrets):
        yield f"auth.secrets: each must have at least {SHORTEST_SECRET} characters"


def _contradictions_of_formats(images: Images) -> Iterator[str]:
    for each in images.accept:
        if f"{each}:keep" in images.accept:
            yield f"images.accept: must name either {each} or {each}:keep"
    yield from (f"images.accept: {problem}" for problem in extra_decoders.problems(images.accept))


def _contradictions_of_addresses(http: Http) -> Iterator[str]:
    for name, url in (("public_url", http.public_url), ("purge_url", http.purge_url)):
        if url and not _fits(PLAIN_URL, url):
            yield f"http.{name}: must be http://HOST or https://HOST, with a port or a path if needed, and nothing else"
    for origin in http.cors_origins:
        if origin != "*" and (USUAL_PORT.fullmatch(origin) or not _fits(ORIGIN, origin)):
            yield (
                "http.cors_origins: each must be * or as browsers write it, in lower case, without a slash at the end,"
                f" a path or the usual port, such as https://app.example.org; it is {origin!r}"
            )


def _fits(pattern: re.Pattern[str], url: str) -> bool:
    found = pattern.fullmatch(url)
    return found is not None and 0 < int(found["port"] or HIGHEST_PORT) <= HIGHEST_PORT


def _contradictions_of_networks(remote: Remote) -> Iterator[str]:
    for network in remote.allowed_networks:
        if not _is_network(network):
            yield f"remote.allowed_networks: each must be a network such as 10.1.2.0/24, or one address; it is {network!r}"


def _contradictions_of_proxies(http: Http) -> Iterator[str]:
    for proxy in http.trusted_proxies:
        if proxy != "unix" and not _is_network(proxy):
            yield (
                "http.trusted_proxies: each must be an address, a network such as 10.1.2.0/24, or unix;"
                f" it is {proxy!r}"
            )


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _paths(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "http.socket", settings.http.socket
    yield "storage.data", settings.storage.data
    yield "auth.secret_file", settings.auth.secret_file
    for section, store in {**settings.stores, **settings.backup_store}.items():
        if isinstance(store, FilesystemStore):
            yield f"{section}.path", store.path


def _is_known(path: str) -> bool:
    try:
        local_path(path)
    except RuntimeError:
        return False
    return True


def _contradictions_of_stores(settings: Settings) -> Iterator[str]:
    http, stores = settings.http, settings.stores
    every = {**stores, **settings.backup_store}
    problems = [problem for section, store in every.items() for problem in kind_of(store).problems(store, section)]
    yield from problems
    for section, store in stores.items():
        kind = kind_of(store)
        if kind.longest_link is not None and http.link_lifetime > kind.longest_link // 2:
            yield f"http.link_lifetime: must be at most {kind.longest_link // 2} where {section}.kind is {kind.name}"
    places = dict[str, str]()
    for section, store in every.items():
        place = kind_of(store).place(store, settings.data_folder)
        if places.setdefault(place, section) != section and not problems:
            yield f"{section}: is the same place as {places[place]}"
    if http.delivery == "redirect" and all(kind_of(store).links is None for store in stores.values()):
        able = " or ".join(kind.name for kind in STORE_KINDS.values() if kind.links is not None)
        yield f"http.delivery: redirect needs a store with links of its own (storage.kind = {able})"
    if http.delivery == "accel" and settings.blob_folder is None:
        yield "http.delivery: accel needs blobs that are local files (storage.kind = filesystem)"
