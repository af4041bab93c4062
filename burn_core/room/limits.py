"""Limits: how often somebody may do what an attacker would do without end.

There is a row for each rate and whom it holds for, and each use moves its free_at further into the
future. How far that is says how many uses are left, so one short statement counts and decides. (The
algorithm is known as GCRA.)

Three hundred phones behind one address must never meet a limit because of an attacker among them. So
personal limits (a tab, a browser) are checked first and count refused tries too, or retrying would be
free. What they refuse isn't charged to what many share (a name, a thread, an address), and shared
limits don't count what they refuse: each second has some uses for everybody.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from math import ceil
from uuid import UUID

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from burn_core.errors import TooFast
from burn_core.users import is_name, tidy_name
from db import schema
from db.connection import begin, fetch_all

# So the longest wait is for three uses.
_REFUSED_THAT_COUNT = 2


@dataclass(frozen=True, slots=True)
class Rate:
    """at_once uses, then one per every_seconds. too_many is the message shown at the limit."""

    what: str
    at_once: int
    every_seconds: float
    too_many: str = "Too many clicks in a short time."
    is_shared: bool = False


_SIGN_INS = "Too many tries to sign in."
_PASSWORDS = "Too many passwords were tried for this name. If it isn't yours, choose another."
_THREAD = "Too many messages at once in this thread."
_STREAMS = "Too many streams were opened."
SIGN_INS_OF_BROWSER = Rate("sign-ins of a browser", 10, 20, _SIGN_INS)
SIGN_INS_OF_ADDRESS = Rate("sign-ins of an address", 600, 0.5, _SIGN_INS, is_shared=True)
PASSWORDS_OF_NAME_AND_ADDRESS = Rate(
    "passwords of a name and address", 8, 30, _PASSWORDS, is_shared=True
)
PASSWORDS_OF_NAME = Rate("passwords of a name", 40, 10, _PASSWORDS, is_shared=True)
ACTIONS = Rate("actions of a person", 30, 2)
MESSAGES_OF_PERSON = Rate("messages of a person", 10, 3, "Too many messages at once.")
MESSAGES_OF_THREAD = Rate("messages of a thread", 600, 0.2, _THREAD, is_shared=True)
THREADS = Rate("threads of a person", 10, 60, "Too many new threads.")
QUERIES = Rate("queries of a person", 20, 2, "Too many queries at once.")
FILES = Rate("files of a person", 10, 10, "Too many downloads at once.")
STREAMS_OF_BROWSER = Rate("streams of a browser", 600, 0.2, _STREAMS)
STREAMS_OF_ADDRESS = Rate("streams of an address", 600, 0.2, _STREAMS, is_shared=True)

# A rate, and what it holds for: an id, a name, an address.
Use = tuple[Rate, object]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: all we know about somebody who hasn't signed in.

    browser_id is None without a cookie. address is None on this machine itself.
    """

    tab_id: UUID
    browser_id: UUID | None
    address: str | None


# A crash of Postgres may lose the latest counts, which is acceptable.
_COMMIT_WITHOUT_WAITING = text("SELECT set_config('synchronous_commit', 'off', true)")
_COUNT = text("""
    INSERT INTO limits AS l (id, what, free_at)
    VALUES (:id, :what, clock_timestamp() + make_interval(secs => :every_seconds))
    ON CONFLICT (id) DO UPDATE SET free_at = least(
        greatest(l.free_at, clock_timestamp()) + make_interval(secs => :every_seconds),
        clock_timestamp() + make_interval(secs => :most_seconds))
    WHERE NOT :is_shared OR l.free_at <= clock_timestamp() + make_interval(secs => :last_seconds)
    RETURNING extract(epoch FROM free_at - clock_timestamp())::float
""")


class RateLimits:
    """The limits of one instance. key is its secret: what a row is for can't be read from it."""

    def __init__(self, engine: Engine, key: str) -> None:
        self._engine = engine
        self._key = key

    def check(self, *uses: Use) -> None:
        """Count the uses, narrow ones first, until one is refused. Raises TooFast.

        They are counted in a transaction of their own: what is refused must stay counted.
        """
        with begin(self._engine) as session:
            refused = self._find_refused(session, uses)
        if refused is not None:
            raise TooFast(*refused)

    def check_sign_in(self, origin: Origin, name: str, password: str) -> None:
        """Count a try to sign in. Raises TooFast.

        A browser in which that name has signed in before meets only its own limit, so that nobody
        who floods a name or an address locks its people out.
        """
        name, address = tidy_name(name), widen(origin.address)
        known = self._list_known(origin.browser_id)
        # A browser's id may change with each sign-in, but its first one goes along.
        browser = min(known.values(), default=(None, origin.browser_id))[1]
        uses: list[Use] = [(SIGN_INS_OF_BROWSER, origin.tab_id)]
        if browser is not None:
            uses.append((SIGN_INS_OF_BROWSER, browser))
        if name not in known:
            if password:
                uses.append((PASSWORDS_OF_NAME_AND_ADDRESS, (name, address)))
                uses.append((PASSWORDS_OF_NAME, name))
            if is_name(name):  # what can sign nobody in costs the others there nothing
                uses.append((SIGN_INS_OF_ADDRESS, address))
        self.check(*uses)

    def check_stream(self, browser_id: UUID | None, address: str | None) -> None:
        """Count a stream that is opened. Raises TooFast."""
        if browser_id is not None:
            self.check((STREAMS_OF_BROWSER, browser_id))
        else:
            self.check((STREAMS_OF_ADDRESS, widen(address)))

    def _find_refused(self, session: Session, uses: Sequence[Use]) -> tuple[str, int] | None:
        for rate, whom in uses:
            wait_seconds = self._count(session, rate, whom)
            if wait_seconds is not None:
                return rate.too_many, wait_seconds
        return None

    def _count(self, session: Session, rate: Rate, whom: object) -> int | None:
        """None, or after how many seconds the next use isn't refused."""
        every, all_at_once = rate.every_seconds, rate.at_once * rate.every_seconds
        values = {
            "id": self._make_id(rate, whom),
            "what": rate.what,
            "is_shared": rate.is_shared,
            "every_seconds": float(every),
            "last_seconds": all_at_once - every,
            "most_seconds": all_at_once + _REFUSED_THAT_COUNT * every,
        }
        _, counted = fetch_all(session, (_COMMIT_WITHOUT_WAITING, {}), (_COUNT, values))
        if not counted:
            return ceil(every)
        [(ahead_seconds,)] = counted
        return None if ahead_seconds <= all_at_once else ceil(ahead_seconds + every - all_at_once)

    def _make_id(self, rate: Rate, whom: object) -> UUID:
        digest = hmac.new(self._key.encode(), f"limit {rate.what} {whom}".encode(), sha256).digest()
        return UUID(bytes=digest[:16])

    def _list_known(self, browser_id: UUID | None) -> dict[str, tuple[datetime, UUID]]:
        """The names that have signed in with the browser, with when and the row of the first time."""
        if browser_id is None:
            return {}
        known = (
            select(schema.User.name, schema.Session.inserted_at, schema.Session.id)
            .join(schema.User)
            .where(schema.Session.browser_id == browser_id)
        )
        with begin(self._engine) as session:
            return {name: (at, id) for name, at, id in session.execute(known)}


def widen(address: str | None) -> str:
    """The address that one household or hall has: of IPv6, it has 2^64, all with the same start."""
    try:
        ip = ip_address(address or "127.0.0.1")
    except ValueError:
        return str(address)
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or int(ip) >> 64)
    return str(ip)
