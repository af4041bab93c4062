"""The signed cookie that identifies a browser."""

from functools import lru_cache
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

COOKIE_NAME = "burn_browser"
# Without a password a name works only where its cookie is, so that lives longer than a sign-in. Each
# open page renews it.
COOKIE_SECONDS = 365 * 24 * 3600
_MOST_CHARACTERS = 200  # ours have about 80


class Cookies:
    """Signs and reads with this instance's key. Forged values read as None."""

    def __init__(self, key: str) -> None:
        self._cookies = URLSafeSerializer(key, salt="browser")
        # A page asks several times as it runs.
        self._read = lru_cache(maxsize=10_000)(self._check)

    def write_header(self, browser_id: UUID, is_secure: bool) -> str:
        """The Set-Cookie header that gives a browser its cookie, or renews it."""
        return (
            f"{COOKIE_NAME}={self.make_cookie(browser_id)}; Max-Age={COOKIE_SECONDS}; Path=/;"
            f" HttpOnly; SameSite=Lax{'; Secure' if is_secure else ''}"
        )

    def make_cookie(self, browser_id: UUID) -> str:
        return self._cookies.dumps(browser_id.hex)

    def read_cookie(self, cookie: str | None) -> UUID | None:
        return self._read(cookie) if cookie and len(cookie) <= _MOST_CHARACTERS else None

    def _check(self, cookie: str) -> UUID | None:
        try:
            return UUID(self._cookies.loads(cookie))
        except BadSignature:
            return None
