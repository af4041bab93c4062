"""Threads: creating, renaming, closing and sharing them, and posting in them."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from burn_core.errors import BadName, BadText, NotAllowed
from burn_core.room.memberships import list_agents, list_members
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import (
    close_thread,
    create_thread,
    find_shared_thread,
    get_thread,
    list_threads,
    list_unread,
    post_text,
    rename_thread,
    reopen_thread,
    share_thread,
    unshare_thread,
)
from burn_core.room.visits import begin_visit, end_visit
from burn_core.snapshot import load_snapshot
from db.connection import begin
from tests.making import join

BROWSER = uuid4()


@pytest.fixture
def ada(session: Session) -> UUID:
    return sign_in(session, uuid4(), "ada").id


@pytest.fixture
def bob(session: Session) -> UUID:
    return sign_in(session, uuid4(), "bob").id


def list_actions(session: Session, thread_id: UUID) -> list[str]:
    return [
        event.data["action"]
        for event in load_snapshot(session, thread_id).events
        if "action" in event.data
    ]


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


def test_unnamed_threads_are_numbered_per_person(session: Session, ada: UUID, bob: UUID) -> None:
    names = [create_thread(session, owner).name for owner in (ada, bob, ada)]
    assert names == ["Untitled thread 1", "Untitled thread 1", "Untitled thread 2"]


def test_the_agents_of_a_new_thread_can_be_chosen(session: Session, ada: UUID) -> None:
    jerry = next(agent.user for agent in list_agents(session) if agent.user.name == "jerry")
    thread = create_thread(session, ada, agent_ids=[jerry.id])
    assert [member.user.name for member in list_members(session, thread.id)] == ["ada", "jerry"]
    alone = create_thread(session, ada, agent_ids=[])
    assert [member.user.name for member in list_members(session, alone.id)] == ["ada"]


def test_a_closed_thread_accepts_no_text_until_it_is_reopened(session: Session, ada: UUID) -> None:
    thread = create_thread(session, ada)
    close_thread(session, thread.id, ada)
    assert not get_thread(session, thread.id).is_open
    with pytest.raises(NotAllowed, match="is closed"):
        post_text(session, thread.id, ada, "hi")
    reopen_thread(session, thread.id, ada)
    post_text(session, thread.id, ada, "hi")
    assert list_actions(session, thread.id)[:3] == ["created", "closed", "reopened"]


def test_a_spectator_key_works_until_it_is_revoked(session: Session, ada: UUID) -> None:
    thread = create_thread(session, ada)
    first = share_thread(session, thread.id, ada)
    second = share_thread(session, thread.id, ada)
    assert find_shared_thread(session, first) is None
    shared = find_shared_thread(session, second)
    assert shared is not None
    assert shared.id == thread.id
    unshare_thread(session, thread.id, ada)
    assert find_shared_thread(session, second) is None
    assert list_actions(session, thread.id) == ["created", "shared", "shared", "unshared"]


@pytest.mark.parametrize("act", [close_thread, reopen_thread, share_thread, unshare_thread])
def test_only_the_owner_can_close_and_share(
    session: Session, ada: UUID, bob: UUID, act: Callable[[Session, UUID, UUID], object]
) -> None:
    thread = create_thread(session, ada)
    with pytest.raises(NotAllowed, match="not in this thread"):
        act(session, thread.id, bob)
    join(session, thread.id, bob)
    with pytest.raises(NotAllowed, match="Only the owner"):
        act(session, thread.id, bob)


def test_a_thread_is_unread_until_it_is_opened(session: Session, ada: UUID, bob: UUID) -> None:
    thread = create_thread(session, ada)
    join(session, thread.id, bob)
    visit = begin_visit(session, thread.id, ada, "web")
    assert list_unread(session, ada) == set()
    assert list_unread(session, bob) == {thread.id}
    post_text(session, thread.id, bob, "hi")
    end_visit(session, visit)
    assert list_unread(session, ada) == set()
    post_text(session, thread.id, bob, "still there?")
    assert list_unread(session, ada) == {thread.id}


def test_only_members_can_rename(session: Session, ada: UUID, bob: UUID) -> None:
    thread = create_thread(session, ada)
    rename_thread(session, thread.id, ada, "  Friday\n roast ")
    assert get_thread(session, thread.id).name == "Friday roast"
    with pytest.raises(NotAllowed):
        rename_thread(session, thread.id, bob, "Mine")
    for name in ("", "  ", "x" * 81):
        with pytest.raises(BadName, match="A thread's name"):
            rename_thread(session, thread.id, ada, name)


def test_text_is_kept_as_typed(session: Session, ada: UUID) -> None:
    thread = create_thread(session, ada)
    text = "  two\n\n  lines <b>&amp;</b> **x** 🔥  "
    assert post_text(session, thread.id, ada, text).data["text"] == text.strip()
    assert post_text(session, thread.id, ada, "x" * 10_000).seq == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "is empty"), (" \n\x00 ", "is empty"), ("x" * 10_001, "10,001 characters")],
)
def test_text_that_cannot_be_posted_is_explained(
    session: Session, ada: UUID, text: str, words: str
) -> None:
    thread = create_thread(session, ada)
    with pytest.raises(BadText, match=words):
        post_text(session, thread.id, ada, text)


def test_only_members_can_post(session: Session, ada: UUID, bob: UUID) -> None:
    with pytest.raises(NotAllowed, match="Join it first"):
        post_text(session, create_thread(session, ada).id, bob, "hi")


def test_people_see_only_their_threads_newest_first(engine: Engine) -> None:
    made = []
    for name in ("ada", "bob", "ada", "ada"):
        with begin(engine) as session:
            user = sign_in(session, BROWSER, name)
            made.append((name, create_thread(session, user.id).id))
    with begin(engine) as session:
        ada = sign_in(session, BROWSER, "ada")
        listed = [thread.id for thread in list_threads(session, ada.id)]
    assert listed == [thread_id for name, thread_id in reversed(made) if name == "ada"]
