"""A scripted conversation of two people, for trying Burn alone."""

import time
from uuid import UUID, uuid4

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from burn_core.room.memberships import join_thread
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import create_thread, get_invitation_key, post_text
from burn_core.settings import Settings
from db import schema
from db.connection import begin, open_engine

_QUIET_SECONDS = 0.8
_LONGEST_WAIT_SECONDS = 20.0
_LINES = (
    ("ada", "Hi! I live in Lisbon and I work as a librarian"),
    ("bob", "Hello, I'm Bob's only fan. I collect vintage toasters"),
    ("ada", "I have three cats and I've never finished a marathon"),
    ("bob", "I used to be a magician, now I sell insurance"),
    ("ada", "My favourite food is instant noodles"),
    ("bob", "I'm scared of geese and I run every morning"),
    ("ada", "I play the ukulele, badly, in a band called The Overdue Books"),
    ("bob", "I live in a camper van behind my brother's house"),
    ("ada", "I hate silence"),
)


def play_demo(url: str, settings: Settings) -> None:
    """Print the thread's link, then say the lines one by one, each once the agents are at rest.

    The agents answer if a worker runs on the same database.
    """
    engine = open_engine(url, pool_size=2)
    people = _sign_in(engine)
    with begin(engine) as session:
        thread = create_thread(session, people["ada"], "A demo")
        key = get_invitation_key(session, thread.id)
        join_thread(session, thread.id, people["bob"], key)
    print(f"http://localhost:{settings.burn_port}/?thread={thread.id}&invite={key}", flush=True)
    for name, line in _LINES:
        _wait_for_rest(engine, thread.id)
        with begin(engine) as session:
            post_text(session, thread.id, people[name], line)
    _wait_for_rest(engine, thread.id)
    engine.dispose()


def _sign_in(engine: Engine) -> dict[str, UUID]:
    """Two people for this demo alone, with names that are still free. Neither becomes a host."""
    with begin(engine) as session:
        number = session.scalar(
            select(func.count()).where(schema.User.name.regexp_match("^(ada|bob)-"))
        )
        return {
            name: sign_in(session, uuid4(), f"{name}-{(number or 0) // 2 + 1}", may_host=False).id
            for name in ("ada", "bob")
        }


def _wait_for_rest(engine: Engine, thread_id: UUID) -> None:
    """Wait until no agent of the thread has worked for a moment."""
    quiet_since = started = time.monotonic()
    while time.monotonic() - quiet_since < _QUIET_SECONDS:
        with begin(engine) as session:
            if _is_busy(session, thread_id):
                quiet_since = time.monotonic()
        if time.monotonic() - started > _LONGEST_WAIT_SECONDS:
            return
        time.sleep(0.1)


def _is_busy(session: Session, thread_id: UUID) -> bool:
    due = select(schema.Membership.id).where(
        schema.Membership.thread_id == thread_id, schema.Membership.due_since.is_not(None)
    )
    running = select(schema.Run.id).where(
        schema.Run.thread_id == thread_id, schema.Run.status == "running"
    )
    return session.scalar(due.union_all(running).limit(1)) is not None
