"""The understudy as a server: in a thread beside Burn, or alone on the command line."""

import os
import signal
import socket
from threading import Event, Thread
from types import FrameType, TracebackType

import uvicorn

from understudy.app import make_app

_HOST = "127.0.0.1"
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0


class UnderstudyServer:
    """A context manager that serves the understudy on loopback: `with UnderstudyServer() as s`.

    `s.url` is its address. Port 0, the default, takes any free port. Raises OSError, in plain
    words, when the port is taken, and TimeoutError when the server doesn't come up.
    """

    def __init__(self, port: int = 0) -> None:
        self._asked_port = port
        self.url = ""

    def __enter__(self) -> "UnderstudyServer":
        listener = _listen(self._asked_port)
        self.url = f"http://{_HOST}:{listener.getsockname()[1]}"
        self._server = _Server()
        self._thread = Thread(
            target=self._server.run, args=([listener],), name="understudy", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS):
            self._server.should_exit = True
            raise TimeoutError(f"The understudy did not start within {_START_SECONDS:.0f} s.")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)


class _Server(uvicorn.Server):
    """uvicorn, with an event for the moment when it accepts requests."""

    def __init__(self) -> None:
        # log_config=None: the logging of the process belongs to Burn.
        super().__init__(
            uvicorn.Config(
                make_app(),
                lifespan="off",
                access_log=False,
                log_config=None,
                log_level="warning",
                timeout_graceful_shutdown=1,
            )
        )
        self.ready = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def serve(port: int = 0) -> None:
    """Serve until Ctrl-C or SIGTERM, then return. Prints the address. For the main thread."""
    stop = Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signals = (signal.SIGINT, signal.SIGTERM)
    with UnderstudyServer(port) as server:
        before = [signal.signal(each, ask_to_stop) for each in signals]
        print(f"The understudy speaks the Messages API at {server.url}", flush=True)
        stop.wait()
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        # Lets a port be taken again at once after a stop; elsewhere it would let two share it.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        number = getattr(error, "errno", None) or 0
        raise OSError(
            number, f"The understudy can't use port {port} on {_HOST}: is it taken?"
        ) from error
    return listener
