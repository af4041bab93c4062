"""Threads: making, joining, leaving, renaming, and talking in them."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from burn_core.accounts import sign_in
from burn_core.errors import BadName, BadText, NotAllowed, NotFound
from burn_core.snapshot import load_snapshot
from burn_core.threads import (
    create_thread,
    get_thread,
    is_member,
    join_thread,
    leave_thread,
    list_members,
    list_threads,
    post_text,
    rename_thread,
)
from db.connection import begin

BROWSER = uuid4()


@pytest.fixture
def ada(session: Session) -> UUID:
    return sign_in(session, uuid4(), "ada").id


@pytest.fixture
def bob(session: Session) -> UUID:
    return sign_in(session, uuid4(), "bob").id


def list_actions(session: Session, thread_id: UUID) -> list[str]:
    return [event.data["action"] for event in load_snapshot(session, thread_id).events]


def test_a_new_thread_has_its_owner_and_all_agents(session: Session, ada: UUID) -> None:
    thread = create_thread(session, ada)
    roles = {member.user.name: member.role for member in list_members(session, thread.id)}
    assert roles == {
        "ada": "owner",
        "sarah": "producer",
        "jerry": "comedian",
        "frankie": "comedian",
    }
    assert list_actions(session, thread.id) == ["created"]


def test_threads_without_a_name_are_numbered_per_person(
    session: Session, ada: UUID, bob: UUID
) -> None:
    names = [create_thread(session, owner).name for owner in (ada, bob, ada)]
    assert names == ["Untitled thread 1", "Untitled thread 1", "Untitled thread 2"]


def test_people_join_once_and_leave(session: Session, ada: UUID, bob: UUID) -> None:
    thread = create_thread(session, ada)
    join_thread(session, thread.id, bob)
    join_thread(session, thread.id, bob)
    assert is_member(session, thread.id, bob)
    leave_thread(session, thread.id, bob)
    assert not is_member(session, thread.id, bob)
    assert list_actions(session, thread.id) == ["created", "joined", "left"]
    with pytest.raises(NotAllowed):
        leave_thread(session, thread.id, bob)


def test_a_thread_that_is_not_there_cannot_be_joined(session: Session, ada: UUID) -> None:
    with pytest.raises(NotFound, match="doesn't exist"):
        join_thread(session, uuid4(), ada)


def test_only_members_rename(session: Session, ada: UUID, bob: UUID) -> None:
    thread = create_thread(session, ada)
    rename_thread(session, thread.id, ada, "  Friday\n roast ")
    assert get_thread(session, thread.id).name == "Friday roast"
    with pytest.raises(NotAllowed):
        rename_thread(session, thread.id, bob, "Mine")
    for name in ("", "  ", "x" * 81):
        with pytest.raises(BadName, match="1 to 80"):
            rename_thread(session, thread.id, ada, name)


def test_text_is_kept_as_typed(session: Session, ada: UUID) -> None:
    thread = create_thread(session, ada)
    text = "  two\n\n  lines <b>&amp;</b> **x** 🔥  "
    assert post_text(session, thread.id, ada, text).data["text"] == text.strip()
    assert post_text(session, thread.id, ada, "x" * 10_000).seq == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "nothing"), (" \n\x00 ", "nothing"), ("x" * 10_001, "10,001 characters")],
)
def test_what_cannot_be_posted_is_explained(
    session: Session, ada: UUID, text: str, words: str
) -> None:
    thread = create_thread(session, ada)
    with pytest.raises(BadText, match=words):
        post_text(session, thread.id, ada, text)


def test_who_is_not_in_the_thread_cannot_talk(session: Session, ada: UUID, bob: UUID) -> None:
    with pytest.raises(NotAllowed, match="Join it first"):
        post_text(session, create_thread(session, ada).id, bob, "hi")


def test_threads_are_listed_newest_first_and_only_ones_own(engine: Engine) -> None:
    made = []
    for name in ("ada", "bob", "ada", "ada"):
        with begin(engine) as session:
            user = sign_in(session, BROWSER, name)
            made.append((name, create_thread(session, user.id).id))
    with begin(engine) as session:
        ada = sign_in(session, BROWSER, "ada")
        listed = [thread.id for thread in list_threads(session, ada.id)]
    assert listed == [thread_id for name, thread_id in reversed(made) if name == "ada"]
