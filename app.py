"""Launches Burn's web process: streamlit run app.py. The screen itself is in pages/."""

import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from threading import Event
from types import FrameType

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from burn_core.bootstrap import open_database, running_worker
from burn_core.errors import OperatorError
from burn_core.logs import tell_operator, write_json_logs
from burn_core.room.tab import serve
from burn_core.settings import read_settings
from db.errors import DatabaseError
from pages.ui.shared import error_page, resources
from pages.ui.shared.base_path import add_base
from pages.ui.thread.tables import get_broadcasts
from pages.web.doors import Doors
from pages.web.entrance import give_cookie, hear_cookie
from pages.web.headers import SecurityHeaders
from pages.web.messages import KnownMessages
from pages.web.open_connections import OpenConnections
from pages.web.operations import tell_health, tell_metrics
from pages.web.paced_socket import pace_sockets
from pages.web.plain_cookies import PlainCookies
from pages.web.quiet_log import quieten_log

_ROOT = Path(__file__).resolve().parent
_FILES = 65_536
# Burn listens on IPv6, where a proxy on this machine is ::ffff:127.0.0.1.
os.environ.setdefault("FORWARDED_ALLOW_IPS", "127.0.0.1,::1,::ffff:127.0.0.1")


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Run the database, the listener and, unless DATABASE_URL is set, a worker."""
    stopping = Event()
    call_on_signals(stopping.set)
    with ExitStack() as stack:
        try:
            database = open_database(SETTINGS, stopping=stopping)
            await to_thread.run_sync(stack.enter_context, database)
        except (OperatorError, DatabaseError) as error:
            # Nothing is running yet that needs a clean stop, and the server would bury the message
            # under its own traceback.
            tell_operator(error)
            os._exit(1)
        if not SETTINGS.database_url:
            stack.enter_context(running_worker(_ROOT / "agents_worker.py"))
        live = resources.get_live()
        live.start()
        get_broadcasts()
        stack.callback(live.stop)
        call_on_signals(resources.get_sync().stop)
        # Objects made at start-up live for ever: spare the garbage collector from scanning them.
        gc.collect()
        gc.freeze()
        yield
        await to_thread.run_sync(stack.close)


def call_on_signals(callback: Callable[[], None]) -> None:
    """Call it on Ctrl-C or SIGTERM, before the server starts to wait for open responses."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        callback()
        handler = server_handlers[number]
        if callable(handler):
            handler(number, frame)

    server_handlers = {int(s): signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
    for number in server_handlers:
        signal.signal(number, pass_on)


def find_free_port(first: int) -> int:
    """The first free port, counting from first. Raises OperatorError after 100 tries."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise OperatorError(f"Ports {first} to {first + 99} are all taken. Set BURN_PORT to another.")


async def sync(request: Request) -> Response:
    """Stream the rows of a table that the caller can see, then their changes as they commit."""
    return await resources.get_sync().serve(request)


async def live_socket(websocket: WebSocket) -> None:
    """Tell a browser tab when something that it shows has changed."""
    live, audience = resources.get_live(), resources.get_audience()
    await serve(websocket, live, audience, get_broadcasts())


def allow_many_files() -> None:
    """Each connection is an open file, and many systems allow 1,024 unless a program asks for more."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(most, _FILES)
    if resource.RLIM_INFINITY != allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


try:
    SETTINGS = read_settings()
except OperatorError as error:
    sys.exit(str(error))
if SETTINGS.burn_log == "json":
    write_json_logs()
quieten_log()
allow_many_files()
pace_sockets()

app = st.App(
    _ROOT / "pages" / "main.py",
    lifespan=lifespan,
    routes=[
        WebSocketRoute(add_base("/live"), live_socket),
        Route(add_base("/enter"), give_cookie, methods=["POST"]),
        Route(add_base("/entered"), hear_cookie, methods=["POST"]),
        Route(add_base("/sync/{table}"), sync),
        Route(add_base("/healthz"), tell_health),
        Route(add_base("/metrics"), tell_metrics),
    ],
    middleware=[
        Middleware(PlainCookies),
        Middleware(SecurityHeaders),
        Middleware(Doors),
        Middleware(KnownMessages),
        Middleware(OpenConnections),
    ],
    on_script_error=error_page.explain_error,
)

if __name__ == "__main__":
    app.run(config={"server.port": find_free_port(SETTINGS.burn_port)})
