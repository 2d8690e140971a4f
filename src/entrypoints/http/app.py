"""The ASGI application: routes, what is injected into them, and what happens around them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp

from domain.errors import CalotypeError
from entrypoints import running
from entrypoints.container import Container
from entrypoints.http import docs_page, health, images, tokens
from entrypoints.http.addresses import Addresses
from entrypoints.http.delivery import Delivery
from entrypoints.http.images import Studio
from entrypoints.http.injection import provided
from entrypoints.http.metrics import Measured, Metrics
from entrypoints.http.problems import answer_bug, answer_error, answer_http_exception
from entrypoints.http.uploads import UploadReader
from entrypoints.logs import configure_logging
from entrypoints.schemas import Illustrator
from entrypoints.settings import environment_settings

VERSION = "0.1.0"


def build_app(container: Container) -> ASGIApp:
    """The whole interface over ``container``, which the application opens at its start and closes at its end."""
    settings = container.settings()
    studio = Studio(
        container.authenticate(),
        Addresses(settings.http.public_url, settings.http.host, settings.http.port),
        Illustrator(container.links()),
        container.clock(),
    )
    uploads = UploadReader(container.staging(), settings.http, settings.images.largest_file)
    delivery = Delivery(container.blobs(), container.blobs())
    metrics = Metrics(container.tally_variants())

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with (
            running.opened(container, upgrade=False),
            running.background(container, variants=settings.jobs.embedded),
        ):
            yield

    app = Litestar(
        [*images.ROUTES, tokens.log_in, *health.ROUTES, docs_page.show_docs],
        dependencies={
            "studio": provided(lambda: studio),
            "uploads": provided(lambda: uploads),
            "delivery": provided(lambda: delivery),
            "metrics": provided(lambda: metrics),
            "store_image": provided(container.store_image),
            "list_images": provided(container.list_images),
            "describe_image": provided(container.describe_image),
            "open_image": provided(container.open_image),
            "open_link": provided(container.open_link),
            "replace_image": provided(container.replace_image),
            "delete_image": provided(container.delete_image),
            "log_in_user": provided(container.log_in),
            "check_health": provided(container.check_health),
        },
        exception_handlers={
            CalotypeError: answer_error,
            HTTPException: answer_http_exception,
            Exception: answer_bug,
        },
        lifespan=[lifespan],
        openapi_config=OpenAPIConfig(
            title="Calotype",
            version=VERSION,
            description="Stores, lists, shows, replaces and deletes pictures.",
            path="/schema",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
            components=Components(
                security_schemes={
                    "token": SecurityScheme(
                        type="apiKey",
                        name="Authorization",
                        security_scheme_in="header",
                        description="`Token <key>` or `Bearer <key>`",
                    )
                }
            ),
            security=[{"token": []}],
        ),
        request_max_body_size=None,  # the upload reader and the token route keep bounds of their own
        logging_config=None,
        debug=False,
    )
    return Measured(app, metrics)


def create_app() -> ASGIApp:
    """The application over the settings of this process: what an ASGI server is pointed at."""
    settings = environment_settings()
    configure_logging(settings.logging)
    return build_app(running.contained(settings))
