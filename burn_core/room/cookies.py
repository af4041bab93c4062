"""The signed cookie that identifies a browser, and the ticket that is exchanged for it."""

from uuid import UUID, uuid4

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

COOKIE_NAME = "burn_browser"
COOKIE_SECONDS = 365 * 24 * 3600
_TICKET_SECONDS = 30


class Cookies:
    """Signs and reads with this instance's key. Forged or expired values read as None."""

    def __init__(self, key: str) -> None:
        self._cookies = URLSafeSerializer(key, salt="browser")
        self._tickets = URLSafeTimedSerializer(key, salt="ticket")

    def make_cookie(self, browser_id: UUID) -> str:
        return self._cookies.dumps(browser_id.hex)

    def read_cookie(self, cookie: str | None) -> UUID | None:
        try:
            return UUID(self._cookies.loads(cookie)) if cookie else None
        except BadSignature:
            return None

    def make_ticket(self, browser_id: UUID) -> str:
        """A page's script can't set a cookie: it sends this to the route that can."""
        return self._tickets.dumps(browser_id.hex)

    def read_ticket(self, ticket: str) -> UUID | None:
        try:
            return UUID(self._tickets.loads(ticket, max_age=_TICKET_SECONDS))
        except BadSignature:
            return None


def make_browser_id() -> UUID:
    return uuid4()
