"""For operators: whether Burn is well (/healthz), and how busy it is (/metrics, for Prometheus)."""

import asyncio
import hmac
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from anyio import fail_after
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from burn_core.health import Load, has_workers, measure_load
from db.errors import Away
from pages.ui.shared.resources import get_cookie_key, get_live, get_settings
from pages.web.transaction import run_transaction

T = TypeVar("T")
_ANSWER_SECONDS = 3.0
# Requests that come sooner get the same answer.
_KEEP_SECONDS = 1.0
_TYPE = "text/plain; version=0.0.4"


class _Health:
    """What was found last, and when."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._found: dict[str, str] = {}
        self._at = -_KEEP_SECONDS

    async def find(self) -> dict[str, str]:
        async with self._lock:
            if time.monotonic() - self._at > _KEEP_SECONDS:
                self._found = await _find_health()
                self._at = time.monotonic()
            return self._found


_health = _Health()


async def tell_health(request: Request) -> Response:
    """GET /healthz: 200 if everything that Burn needs is running, and 503 otherwise."""
    found = await _health.find()
    is_well = found["status"] == "ok"
    return JSONResponse(found, 200 if is_well else 503, {"Cache-Control": "no-store"})


async def tell_metrics(request: Request) -> Response:
    """GET /metrics: with BURN_METRICS_KEY as bearer token, the figures. Otherwise 401; 404 if there
    is no such setting.
    """
    key = get_settings().burn_metrics_key
    if not key:
        return PlainTextResponse("There is nothing here for you.", 404)
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), key.encode()):
        refused = {"WWW-Authenticate": "Bearer"}
        return PlainTextResponse("Give the key as a bearer token.", 401, refused)
    load = await _ask(measure_load)
    registry = CollectorRegistry()
    ProcessCollector(namespace="burn_web", registry=registry)
    registry.register(_Figures(load))
    return Response(generate_latest(registry), media_type=_TYPE)


async def _find_health() -> dict[str, str]:
    listener = get_live().state
    works = await _ask(lambda session: has_workers(session, get_cookie_key()))
    found = {
        "web": "ok",
        "database": "away" if works is None else "ok",
        "listener": listener,
        "worker": "unknown" if works is None else "ok" if works else "none is connected",
    }
    is_well = works is True and listener != "away"
    return {"status": "ok" if is_well else "unwell", **found}


async def _ask(function: Callable[[Session], T]) -> T | None:
    """The function's result; None if the database doesn't answer in time."""
    try:
        with fail_after(_ANSWER_SECONDS):
            return await run_transaction(function)
    except (Away, TimeoutError):
        return None


class _Figures:
    """Burn's own figures, as prometheus_client collects them."""

    def __init__(self, load: Load | None) -> None:
        self._load = load

    def collect(self) -> Iterator[GaugeMetricFamily]:
        live = get_live()
        yield _gauge("burn_database_up", "1 if the database answers", self._load is not None)
        yield _gauge("burn_listening", "1 if changes are heard of", live.state != "away")
        yield _gauge("burn_followers", "tabs and streams open here", live.count_followers())
        if self._load is not None:
            yield _gauge("burn_due_agents", "agents that have events to read", self._load.due)
            yield _gauge(
                "burn_due_seconds",
                "how long the agent that is due longest has waited",
                self._load.waiting_seconds,
            )
            yield _gauge("burn_visits", "tabs that show a thread, in all", self._load.visits)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value)
