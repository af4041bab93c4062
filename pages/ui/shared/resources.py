"""One of each per web process: settings, databases, live topics, endpoints, cookies, console.

They are kept by this module and not by st.cache_resource, because any browser can have Streamlit
clear its caches. app.py makes them all at its start, before a page can ask.
"""

from functools import cache
from uuid import uuid4

from sqlalchemy import Engine

from burn_core.console.console import Console
from burn_core.room.access import Audience
from burn_core.room.cookies import Cookies
from burn_core.room.limits import RateLimits
from burn_core.room.live import Live
from burn_core.settings import Settings, read_settings
from burn_core.sync.stream import Sync
from db import embedded, instance
from db.connection import begin, open_connection, open_engine
from db.locks import name_process
from db.roles import Part, find_address
from db.visitor import open_visitors_engine


@cache
def get_settings() -> Settings:
    return read_settings()


@cache
def get_url() -> str:
    """The address of the database. app.py's lifespan keeps an embedded one running."""
    settings = get_settings()
    return settings.database_url or embedded.start(settings.burn_home)


@cache
def get_cookie_key() -> str:
    owner = open_engine(get_url(), pool_size=1)
    try:
        with begin(owner) as session:
            return instance.get_cookie_key(session)
    finally:
        owner.dispose()


@cache
def get_web_engine() -> Engine:
    """The database for what visitors do: it shows nothing to a transaction that names none."""
    return open_visitors_engine(get_url(), get_cookie_key())


@cache
def get_door_address() -> str:
    """The address of the database for signing people in and out, and for hearing of changes."""
    return find_address(get_url(), get_cookie_key(), Part.DOOR)


@cache
def get_door_engine() -> Engine:
    """The database for signing people in and out."""
    return open_engine(get_door_address())


@cache
def get_live() -> Live:
    return Live(get_door_address(), get_audience())


@cache
def get_sync() -> Sync:
    return Sync(get_web_engine(), get_audience(), get_live(), get_rate_limits())


@cache
def get_audience() -> Audience:
    with open_connection(get_door_address()) as connection:
        name = name_process(connection, f"web:{uuid4()}")
    return Audience(get_web_engine(), get_door_engine(), get_cookies(), name)


@cache
def get_cookies() -> Cookies:
    return Cookies(get_cookie_key())


@cache
def get_rate_limits() -> RateLimits:
    return RateLimits(get_door_engine(), get_cookie_key())


@cache
def get_console() -> Console:
    is_own = not get_settings().database_url
    return Console(get_web_engine(), get_url(), get_cookie_key(), is_local=is_own)
