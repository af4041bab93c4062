"""The signed cookie that identifies a browser."""

from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

COOKIE_NAME = "burn_browser"
# Without a password a name works only where its cookie is, so that lives longer than a sign-in. Each
# open page renews it.
COOKIE_SECONDS = 365 * 24 * 3600


class Cookies:
    """Signs and reads with this instance's key. Forged values read as None."""

    def __init__(self, key: str) -> None:
        self._cookies = URLSafeSerializer(key, salt="browser")

    def write_header(self, browser_id: UUID, is_secure: bool) -> str:
        """The Set-Cookie header that gives a browser its cookie, or renews it."""
        return (
            f"{COOKIE_NAME}={self.make_cookie(browser_id)}; Max-Age={COOKIE_SECONDS}; Path=/;"
            f" HttpOnly; SameSite=Lax{'; Secure' if is_secure else ''}"
        )

    def make_cookie(self, browser_id: UUID) -> str:
        return self._cookies.dumps(browser_id.hex)

    def read_cookie(self, cookie: str | None) -> UUID | None:
        try:
            return UUID(self._cookies.loads(cookie)) if cookie else None
        except BadSignature:
            return None
