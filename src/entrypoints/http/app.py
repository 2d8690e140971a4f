"""The ASGI application: routes, their dependencies, and middleware."""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from litestar import Litestar, Router
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme, Server
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, HTTPScope

from domain.errors import CalotypeError
from domain.model.access.access_key import Principal
from domain.model.images.naming import ImageName
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import BlobKey
from domain.ports.blobs import LinkTarget
from domain.use_cases.access.authenticate import Authenticate
from domain.use_cases.check_health import CheckHealth
from entrypoints import running
from entrypoints.assembly.application import Application
from entrypoints.configuration.loading import environment_settings
from entrypoints.container import make_application
from entrypoints.http.admission.client_addresses import ClientAddresses
from entrypoints.http.admission.connection_watch import watched_connections
from entrypoints.http.admission.rates import NO_RATES, Rates
from entrypoints.http.admission.turns import Turns
from entrypoints.http.cross_origin import CrossOrigin
from entrypoints.http.hot_path import HotPath
from entrypoints.http.ignored import NamesIgnored, Parameters
from entrypoints.http.injection import provided
from entrypoints.http.key_rates import KeysHaveRates
from entrypoints.http.lifeline import die_with_parent, when_told_to_end
from entrypoints.http.metrics.figures import Metrics
from entrypoints.http.metrics.measured import Measured
from entrypoints.http.metrics.state import ServiceState
from entrypoints.http.protocol.addresses import Addresses
from entrypoints.http.protocol.authentication import token_of
from entrypoints.http.protocol.caching import PUBLIC
from entrypoints.http.protocol.problems import AnyRequest, answer_bug, answer_error, answer_http_exception
from entrypoints.http.request_log import RequestLog
from entrypoints.http.routes import (
    account,
    docs_page,
    errors_page,
    health,
    images,
    page,
    public_images,
    start,
    tickets,
    tokens,
)
from entrypoints.http.routes.account import AccountEndpoints
from entrypoints.http.routes.images import ImageEndpoints
from entrypoints.http.routes.openapi.document import ABOVE, DocumentPlugin
from entrypoints.http.routes.openapi.documented import known_parameters
from entrypoints.http.routes.page import Page, origin_of
from entrypoints.http.routes.public_images import PublicEndpoints
from entrypoints.http.routes.tickets import TicketEndpoints
from entrypoints.http.serving.blob_cache import BlobCache
from entrypoints.http.serving.delivery import Delivery
from entrypoints.http.serving.descriptions import Descriptions
from entrypoints.http.serving.nginx import NginxFiles
from entrypoints.http.serving.waiting import Waiting
from entrypoints.http.uploading.early_refusal import EarlyRefusals
from entrypoints.http.uploading.upload_reader import UploadReader
from entrypoints.logs import configure_logging
from entrypoints.schemas import ImageSerializer
from entrypoints.shares import share_of


def build_app(app: Application) -> ASGIApp:
    """The whole interface over ``app``, which it opens at its start and closes at its end."""
    app.parts.system.meter.receiver = metrics = Metrics()
    endpoints = image_endpoints(app, metrics)
    public = public_endpoints(app, endpoints.delivery)
    opening = running.Startup(app, upgrade=True)
    rates = Rates(app.settings.quota.requests_per_minute, app.settings.quota.uploads_per_minute)
    routed = build_routes(app, endpoints, public, opening, metrics, rates=rates)
    turns = Turns(routed, partial(_caller, opening, app.access.authenticate), endpoints.clients, endpoints.addresses)
    routes = EarlyRefusals(Measured(turns, metrics))
    everything: ASGIApp = HotPath(routes, endpoints, public, opening, metrics)
    if rates.limited:
        access = app.parts.access
        everything = KeysHaveRates(
            everything, rates, access.tokens, access.tickets, endpoints.addresses, metrics=metrics
        )
    everything = NamesIgnored(everything, list(_documented(routed)))
    origins = app.settings.http.cors_origins
    shared = CrossOrigin(everything, origins) if origins else everything
    return RequestLog(shared, endpoints.clients, logs=app.settings.logging.access)


def image_endpoints(app: Application, metrics: Metrics) -> ImageEndpoints:
    """What the image routes use."""
    settings = app.settings
    files = settings.blob_folder
    serializer = ImageSerializer(app.parts.storage.links)
    clients = ClientAddresses(settings.http.trusted_proxies)
    return ImageEndpoints(
        authenticate=app.access.authenticate,
        metrics=metrics,
        addresses=Addresses(settings.http),
        clients=clients,
        serializer=serializer,
        descriptions=Descriptions(serializer),
        clock=app.parts.system.clock,
        uploads=UploadReader(
            app.parts.storage.staging,
            settings.http,
            settings.images.largest_file,
            app.parts.remote.servers if settings.images.from_urls else None,
            clients,
            check_writable=app.maintenance.check_writable,
        ),
        delivery=Delivery(
            app.parts.storage.blobs,
            app.parts.storage.blobs,
            app.parts.storage.links,
            BlobCache(settings.http.memory * 1024 * 1024),
            redirects=settings.http.delivery == "redirect",
            nginx=NginxFiles(files) if files is not None and settings.http.delivery == "accel" else None,
        ),
        waiting=Waiting(app.variants.await_variants),
        store_image=app.images.store_image,
        list_images=app.images.list_images,
        show_image=app.images.show_image,
        open_link=app.images.open_link,
        replace_image=app.images.replace_image,
        change_details=app.images.change_details,
        delete_image=app.images.delete_image,
    )


def public_endpoints(app: Application, delivery: Delivery) -> PublicEndpoints:
    """What the routes of public images use."""
    return PublicEndpoints(
        show_public_image=app.images.show_public_image, delivery=delivery, clock=app.parts.system.clock
    )


def service_state(app: Application, clients: ClientAddresses) -> ServiceState:
    """What is looked up when the figures are asked for."""
    blobs = app.settings.blob_folder
    return ServiceState(
        tally_variants=app.variants.tally_variants,
        tally_jobs=app.jobs.tally_jobs,
        find_oldest_job=app.jobs.find_oldest_job,
        tally_usage=app.access.tally_usage,
        show_maintenance=app.maintenance.show,
        unknown_proxies=lambda: len(clients.unknown),
        folders={"data": app.settings.data_folder} | ({} if blobs is None else {"blobs": blobs}),
    )


def web_page(app: Application) -> Page | None:
    """The page for people, which shows images from wherever links lead; None if there is to be none."""
    if not app.settings.http.page:
        return None
    sample = LinkTarget(key=BlobKey("sample"), name=ImageName("sample.png"), variant=None, format=ImageFormat.PNG)
    now = app.parts.system.clock.now()
    links = [app.settings.http.public_url, *(each.sign(sample, now) for each in app.parts.storage.store_links.values())]
    return Page(filter(None, map(origin_of, links)))


def build_routes(
    app: Application,
    endpoints: ImageEndpoints,
    public: PublicEndpoints,
    opening: running.Startup,
    metrics: Metrics,
    *,
    rates: Rates = NO_RATES,
) -> Litestar:
    """All routes, and the opening and closing of the parts that they use."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with running.kept_running(app, opening, variants=app.settings.jobs.in_server):
            _settle_memory()
            async with watched_connections(app.settings.http, endpoints.clients):
                with when_told_to_end(endpoints.waiting.end):
                    yield

    async def gate(_: AnyRequest) -> None:  # asynchronous, because Litestar runs a plain function in a thread
        """Refuses requests until it is certain that the database and the store belong together."""
        opening.check()

    with_tickets = TicketEndpoints(endpoints, app.images.issue_ticket, app.images.use_ticket)
    accounts = AccountEndpoints(endpoints, app.access.show_account, rates)
    shown_page, state = web_page(app), service_state(app, endpoints.clients)
    return Litestar(
        [
            Router(
                "/",
                route_handlers=[
                    *images.ROUTES,
                    *public_images.ROUTES,
                    *tickets.ROUTES,
                    account.show_account,
                    tokens.log_in,
                ],
                before_request=gate,
            ),
            *health.ROUTES,
            start.show_start,
            page.show_page_file,
            docs_page.show_docs,
            errors_page.show_errors,
        ],
        dependencies={
            "endpoints": provided(lambda: endpoints),
            "public": provided(lambda: public),
            "tickets": provided(lambda: with_tickets),
            "account": provided(lambda: accounts),
            "page": provided(lambda: shown_page),
            "metrics": provided(lambda: metrics),
            "service_state": provided(lambda: state),
            "log_in_user": provided(lambda: app.access.log_in),
            "show_maintenance": provided(lambda: app.maintenance.show),
            "check_health": provided(lambda: CheckHealth({**app.probes, "opening": opening.probe})),
        },
        exception_handlers={
            CalotypeError: partial(answer_error, endpoints.addresses),
            HTTPException: answer_http_exception,
            Exception: answer_bug,
        },
        lifespan=[lifespan],
        openapi_config=OpenAPIConfig(
            title="Calotype",
            version=version("calotype"),
            description="Stores, lists, shows, replaces and deletes images.",
            openapi_router=Router("/schema", route_handlers=[], cache_control=PUBLIC, include_in_schema=False),
            render_plugins=[DocumentPlugin(path="/openapi.json")],
            components=Components(
                security_schemes={
                    "token": SecurityScheme(
                        type="http",
                        scheme="bearer",
                        description="`Authorization: Bearer <key>`, or `Authorization: Token <key>`",
                    )
                }
            ),
            security=[{"token": []}],
            license=License(name="Apache License 2.0", identifier="Apache-2.0"),
            servers=[Server(url=app.settings.http.public_url.rstrip("/") or ABOVE)],
        ),
        request_max_body_size=None,  # the upload reader and the token route have limits of their own
        logging_config=None,
        debug=False,
    )


def _documented(routed: Litestar) -> Iterator[tuple[str, Parameters]]:
    """Each documented route, and the query parameters that its operations know."""
    for route in routed.routes:
        if isinstance(route, HTTPRoute):
            handlers = {str(method): handler for method, (handler, _) in route.route_handler_map.items()}
            known = {
                method: names for method, each in handlers.items() if (names := known_parameters(each)) is not None
            }
            if known:
                yield route.path, known


async def _caller(opening: running.Startup, authenticate: Authenticate, scope: HTTPScope) -> Principal:
    """Who sends the request.

    Raises:
        CalotypeError: that cannot be found out.
    """
    opening.check()
    return await authenticate(token_of(scope))


def _settle_memory() -> None:
    # All objects that exist now live as long as the process. Otherwise the garbage collector would visit them every few
    # requests, which takes a seventh of the time of a small request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def create_app() -> ASGIApp:
    """The application for the settings of this process; the entry point of the ASGI server."""
    die_with_parent()
    settings = environment_settings()
    configure_logging(settings.logging)
    return build_app(make_application(share_of(settings)))
