"""A provider of sign-ins (OpenID Connect) on this machine, which asks nobody for a password."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.making import wait_for


@dataclass
class Provider:
    """Everybody who comes is this person."""

    person: dict[str, str]
    address: str = ""
    _key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(parameters={"kid": "1"}))
    _nonces: dict[str, str] = field(default_factory=dict)  # by code
    _issued_at: int = 0

    def describe(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def authorize(self, request: Request) -> Response:
        asked = request.query_params
        code = f"code-{len(self._nonces)}"
        self._nonces[code] = asked["nonce"]
        answer = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}")

    async def make_token(self, request: Request) -> Response:
        code = str((await request.form())["code"])
        # Tokens count in seconds, and tests are quick.
        self._issued_at = max(int(time.time()), self._issued_at + 1)
        claims: dict[str, Any] = {
            "iss": self.address,
            "aud": "burn",
            "iat": self._issued_at,
            "exp": self._issued_at + 600,
            "nonce": self._nonces[code],
        }
        header = {"alg": "RS256", "kid": "1"}
        token = jwt.encode(header, claims | self.person, self._key)
        return JSONResponse({"access_token": code, "token_type": "Bearer", "id_token": token})

    def list_keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})


@contextmanager
def running_provider(**person: str) -> Iterator[Provider]:
    provider = Provider(person)
    routes = [
        Route("/.well-known/openid-configuration", provider.describe),
        Route("/authorize", provider.authorize),
        Route("/token", provider.make_token, methods=["POST"]),
        Route("/keys", provider.list_keys),
    ]
    config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    provider.address = f"http://127.0.0.1:{port}"
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(10)


def write_secrets(home: Path, provider: Provider) -> None:
    """The file that README describes, where Streamlit looks for it in a home folder."""
    file = home / ".streamlit" / "secrets.toml"
    file.parent.mkdir(parents=True)
    file.write_text(
        "[auth]\n"
        'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
        'cookie_secret = "a secret of this test, long enough to sign with"\n'
        "[auth.somebody]\n"
        'client_id = "burn"\n'
        'client_secret = "known to the provider"\n'
        f'server_metadata_url = "{provider.address}/.well-known/openid-configuration"\n'
    )
