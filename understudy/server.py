"""The understudy as a server: in a thread of another process, or alone."""

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
    """Serves the understudy on loopback: `with UnderstudyServer() as server`.

    `server.url` is its address. The default port, 0, picks any free port. Raises OSError, in plain
    words, if the port is taken, and TimeoutError if the server doesn't start within 10 s.
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
    """uvicorn, with an event that is set when it accepts requests."""

    def __init__(self) -> None:
        # log_config=None: the host process decides how it logs.
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
    """Serve until Ctrl-C or SIGTERM. Prints the address. Call it from the main thread."""
    stop = Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signals = (signal.SIGINT, signal.SIGTERM)
    with UnderstudyServer(port) as server:
        before = [signal.signal(each, ask_to_stop) for each in signals]
        print(f"The understudy serves the Messages API at {server.url}", flush=True)
        stop.wait()
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        # Lets a new server use the port at once after a stop. On Windows, two could share a port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        raise OSError(f"The understudy can't use port {port} on {_HOST}: is it taken?") from error
    return listener
