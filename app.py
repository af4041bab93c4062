"""Launches Burn's web process: streamlit run app.py. The screen itself is in pages/."""

import gc
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
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
from burn_core.room.tab import serve
from burn_core.settings import read_settings
from db.errors import Away
from pages.ui.shared import error_page, resources
from pages.web.doors import Doors
from pages.web.entrance import give_cookie, hear_cookie
from pages.web.headers import SecurityHeaders
from pages.web.messages import KnownMessages

_ROOT = Path(__file__).resolve().parent
# Burn listens on IPv6, where a proxy on this machine is ::ffff:127.0.0.1.
os.environ.setdefault("FORWARDED_ALLOW_IPS", "127.0.0.1,::1,::ffff:127.0.0.1")


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Run the database, the listener and, unless DATABASE_URL is set, a worker."""
    with ExitStack() as stack:
        try:
            await to_thread.run_sync(stack.enter_context, open_database(SETTINGS))
        except (OperatorError, Away) as error:
            # Nothing is running yet that needs a clean stop, and the server would bury the message
            # under its own traceback.
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
        if not SETTINGS.database_url:
            stack.enter_context(running_worker(_ROOT / "agents_worker.py"))
        live = resources.get_live()
        live.start()
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
    await serve(websocket, resources.get_live(), resources.get_audience())


try:
    SETTINGS = read_settings()
except OperatorError as error:
    sys.exit(str(error))

app = st.App(
    _ROOT / "pages" / "main.py",
    lifespan=lifespan,
    routes=[
        WebSocketRoute("/live", live_socket),
        Route("/enter", give_cookie, methods=["POST"]),
        Route("/entered", hear_cookie, methods=["POST"]),
        Route("/sync/{table}", sync),
    ],
    middleware=[Middleware(SecurityHeaders), Middleware(Doors), Middleware(KnownMessages)],
    on_script_error=error_page.explain_error,
)

if __name__ == "__main__":
    app.run(config={"server.port": find_free_port(SETTINGS.burn_port)})
