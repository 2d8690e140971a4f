"""Health checks and metrics.

Use cases: check_health, maintenance.
"""

from litestar import Response, get, route

from domain.use_cases.check_health import CheckHealth
from domain.use_cases.maintenance import ShowMaintenance
from entrypoints.http.injection import Injected
from entrypoints.http.metrics.figures import MEDIA_TYPE, Metrics
from entrypoints.http.metrics.state import ServiceState
from entrypoints.http.protocol.answers import CompleteBody, Sent, Start
from entrypoints.http.protocol.problems import json_answer
from entrypoints.http.routes.openapi.documented import READING, named
from entrypoints.http.routes.openapi.operations import LIVE, METRICS, READY
from entrypoints.schemas import HealthObject


@route(
    "/health/live",
    http_method=READING,
    operation_class=LIVE.operation,
    responses=LIVE.responses,
    operation_id=named("live"),
    summary="Whether the process answers",
)
async def live() -> Response[bytes]:
    """200 while the process answers."""
    return json_answer(HealthObject("ok"))


@route(
    "/health/ready",
    http_method=READING,
    operation_class=READY.operation,
    responses=READY.responses,
    operation_id=named("ready"),
    summary="Whether every part answers",
)
async def ready(check_health: Injected[CheckHealth], show_maintenance: Injected[ShowMaintenance]) -> Response[bytes]:
    """200 if the database and the store answer and files can be staged; otherwise 503 with the names of the parts that fail.

    During maintenance the status is ``read-only``.
    """
    failing = await check_health()
    if failing:
        return json_answer(HealthObject("unavailable", dict(failing)), 503, {"Retry-After": "5"})
    return json_answer(HealthObject("ok" if await show_maintenance() is None else "read-only"))


@get(
    "/metrics",
    operation_class=METRICS.operation,
    responses=METRICS.responses,
    operation_id="metrics",
    summary="Show figures for Prometheus",
    media_type="text/plain",
)
async def metrics(metrics: Injected[Metrics], service_state: Injected[ServiceState]) -> Sent:
    """Figures for Prometheus."""
    await service_state.put_into(metrics)
    body = metrics.exposition()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    return Sent(CompleteBody(Start(200, headers), body))


ROUTES = (live, ready, metrics)
