"""Whom a connection counts for: the browser, or else the address, where a hall of phones may be."""

from uuid import UUID

from starlette.requests import HTTPConnection

from burn_core.room.limits import widen
from pages.ui.shared.resources import get_audience


def find_caller(connection: HTTPConnection) -> UUID | str:
    """The browser's id, if it has a cookie, or the address."""
    browser_id = get_audience().read_browser_id(connection)
    return browser_id or widen(connection.client.host if connection.client else None)
