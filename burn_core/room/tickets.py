"""Tickets: a browser gets its cookie first, and is signed in once it has sent the cookie back.

A page's script can't set a cookie. So a tab makes a ticket, its browser exchanges it for the cookie
of a new browser id, and its next request shows whether the cookie arrives. Only then does the tab
use the ticket, and sign somebody in. A ticket is worth nothing without the tab that made it.

Each of these requests can reach another web process, so Postgres decides that each step happens once.
"""

from dataclasses import dataclass
from secrets import token_urlsafe
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, insert, update
from sqlalchemy.orm import Session

from burn_core.room.sessions import move_sessions
from db import schema

_SECONDS = 60

_ticket = schema.Ticket


@dataclass(frozen=True, slots=True)
class Ticket:
    token: str
    browser_id: UUID  # a new one, for the cookie


def make_ticket(session: Session, old_browser_id: UUID | None) -> Ticket:
    """A ticket for the browser whose cookie has the old id, or that has no cookie."""
    ticket = Ticket(token_urlsafe(32), uuid4())
    session.execute(
        insert(_ticket).values(
            token=ticket.token, browser_id=ticket.browser_id, old_browser_id=old_browser_id
        )
    )
    return ticket


def exchange_ticket(session: Session, token: str, old_browser_id: UUID | None) -> UUID | None:
    """The id for the cookie, once, and only for the browser that the ticket is for."""
    return session.scalar(
        update(_ticket)
        .where(
            _ticket.token == token,
            _ticket.old_browser_id.is_not_distinct_from(old_browser_id),
            ~_ticket.is_exchanged,
            _is_fresh(),
        )
        .values(is_exchanged=True)
        .returning(_ticket.browser_id)
    )


def note_arrival(session: Session, browser_id: UUID) -> bool:
    """A request came with the cookie of this id. False if no ticket was just exchanged for it."""
    noted = session.scalar(
        update(_ticket)
        .where(_ticket.browser_id == browser_id, _ticket.is_exchanged, _is_fresh())
        .values(has_arrived=True)
        .returning(_ticket.id)
    )
    return noted is not None


def use_ticket(session: Session, ticket: Ticket) -> bool:
    """Move what the browser can sign in as from its old id to the new one, whose cookie has arrived.

    The cookie with the old id is then worth nothing. Returns False if the new one hasn't arrived.
    """
    return _move(session, _ticket.token == ticket.token, _ticket.has_arrived.is_(True), _is_fresh())


def catch_up(session: Session, browser_id: UUID) -> None:
    """Do what a ticket would have done that gave the browser its cookie and then wasn't used, because
    the connection was lost. Otherwise its names without a password would be lost with the old id.
    """
    _move(session, _ticket.browser_id == browser_id, _ticket.is_exchanged.is_(True))


def _move(session: Session, *conditions: ColumnElement[bool]) -> bool:
    used = session.execute(
        delete(_ticket).where(*conditions).returning(_ticket.old_browser_id, _ticket.browser_id)
    ).one_or_none()
    if used is not None and used.old_browser_id is not None:
        move_sessions(session, used.old_browser_id, used.browser_id)
    return used is not None


def _is_fresh() -> ColumnElement[bool]:
    return _ticket.inserted_at > func.now() - func.make_interval(0, 0, 0, 0, 0, 0, _SECONDS)
