"""One of each per web process: settings, database, live topics, endpoints, cookies.

They are kept by this module and not by st.cache_resource, because any browser can have Streamlit
clear its caches. app.py makes them all at its start, before a page can ask.
"""

from functools import cache
from uuid import uuid4

from sqlalchemy import Engine

from burn_core.room.access import Audience
from burn_core.room.cookies import Cookies
from burn_core.room.limits import RateLimits
from burn_core.room.live import Live
from burn_core.settings import Settings, read_settings
from burn_core.sync.stream import Sync
from db import embedded
from db.connection import begin, open_engine
from db.instance import get_cookie_key


@cache
def get_settings() -> Settings:
    return read_settings()


@cache
def get_url() -> str:
    """The address of the database. app.py's lifespan keeps an embedded one running."""
    settings = get_settings()
    return settings.database_url or embedded.start(settings.burn_home)


@cache
def get_engine() -> Engine:
    return open_engine(get_url())


@cache
def get_live() -> Live:
    return Live(get_url(), get_audience())


@cache
def get_sync() -> Sync:
    return Sync(get_engine(), get_audience(), get_live(), get_rate_limits())


@cache
def get_audience() -> Audience:
    return Audience(get_engine(), get_cookies(), f"web:{uuid4()}")


@cache
def get_cookies() -> Cookies:
    with begin(get_engine()) as session:
        return Cookies(get_cookie_key(session))


@cache
def get_rate_limits() -> RateLimits:
    with begin(get_engine()) as session:
        return RateLimits(get_engine(), get_cookie_key(session))
