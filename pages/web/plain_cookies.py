"""Which cookies are read at all."""

from starlette.types import ASGIApp, Receive, Scope, Send

# Browsers send at most 4 kB of each. Burn's has 80 bytes; a provider's sign-in comes in several.
MOST_BYTES = 16_000


class PlainCookies:
    """Leaves out cookies with a backslash, and those beyond MOST_BYTES. Comes before whatever reads any.

    Python's http.cookies takes time that grows with the square of the backslashes in a value: with 60 kB of
    them, one request stops the process for seconds. No cookie of Burn's or Streamlit's has one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "headers" in scope:
            scope = {**scope, "headers": _leave_out(scope["headers"])}
        await self._app(scope, receive, send)


def _leave_out(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    room = MOST_BYTES
    kept = []
    for name, value in headers:
        if name == b"cookie":
            if len(value) > room:  # of the one across the limit, a part would be another cookie
                value = value[:room].rpartition(b";")[0]
            room -= len(value)
            value = b";".join(it for it in value.split(b";") if b"\\" not in it)
        kept.append((name, value))
    return kept
