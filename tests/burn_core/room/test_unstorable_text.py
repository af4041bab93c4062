"""Text that Postgres can't hold, given to whatever takes a text of a person's."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from burn_core.errors import UserError
from burn_core.events import EventType, append_event, text_data
from burn_core.explore.facts import FactFilter, select_facts
from burn_core.room import hosts, identities, passwords, sign_in, threads, tickets
from burn_core.room.limits import Origin, RateLimits
from burn_core.room.proof import Identity
from db.connection import begin
from db.errors import Refused
from tests.making import Hand

UNSTORABLE = ["a\x00b", "\x00", "a longer \ud800 text", "\udfff", "ok\ud83d", "\ud800\x00"]
# (session, a person, their thread, the text)
TAKERS: dict[str, Callable[[Session, UUID, UUID, str], object]] = {
    "message": lambda s, me, it, bad: threads.post_text(s, it, me, bad),
    "event": lambda s, me, it, bad: append_event(s, it, me, EventType.TEXT, text_data(bad)),
    "thread": lambda s, me, it, bad: threads.create_thread(s, me, bad),
    "new name of a thread": lambda s, me, it, bad: threads.rename_thread(s, it, me, bad),
    "name": lambda s, me, it, bad: sign_in.sign_in(s, uuid4(), bad),
    "name of an identity": lambda s, me, it, bad: sign_in.prove_new(s, bad, _identify(bad)),
    "first password": lambda s, me, it, bad: sign_in.sign_in(s, uuid4(), "zoe", bad),
    "password": lambda s, me, it, bad: sign_in.sign_in(s, uuid4(), "bob", bad),
    "new password": lambda s, me, it, bad: passwords.change_password(s, me, "", bad),
    "current password": lambda s, me, it, bad: passwords.change_password(s, me, bad, "123456789"),
    "identity": lambda s, me, it, bad: identities.prove_identity(s, _identify(bad)),
    "new identity": lambda s, me, it, bad: identities.add_identity(s, me, _identify(bad)),
    "ticket": lambda s, me, it, bad: tickets.exchange_ticket(s, bad, None),
    "host": lambda s, me, it, bad: hosts.add_host(s, bad),
    "former host": lambda s, me, it, bad: hosts.remove_host(s, bad),
    "words": lambda s, me, it, bad: s.execute(select_facts(me, FactFilter(words=bad))).all(),
    "parameter": lambda s, me, it, bad: s.execute(text("SELECT :bad"), {"bad": bad}).all(),
}


def _identify(subject: str) -> Identity:
    return Identity("https://issuer.example", subject, datetime.now(UTC))


def check_words(error: Exception) -> None:
    said = str(error)
    for word in ("Error", "psycopg", "codec", "utf-8", "SQL", "surrogate", "\x00", "\ud800"):
        assert word not in said


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize("unstorable", UNSTORABLE, ids=ascii)
def test_it_is_refused_in_words_or_does_no_harm(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID, taker: str, unstorable: str
) -> None:
    with begin(engine) as session:
        sign_in.sign_in(session, uuid4(), "bob", "his password")
    try:
        with begin(engine) as session:
            TAKERS[taker](session, ada, thread_id, unstorable)
    except (UserError, Refused) as error:
        check_words(error)
    assert hand.value("SELECT count(*) FROM threads WHERE id = %s", thread_id) == 1


@pytest.mark.parametrize("unstorable", UNSTORABLE, ids=ascii)
def test_limits_count_it_or_refuse_it_in_words(engine: Engine, unstorable: str) -> None:
    try:
        RateLimits(engine, "key").check_sign_in(
            Origin(uuid4(), None, unstorable), unstorable, unstorable
        )
    except (UserError, Refused) as error:
        check_words(error)
