"""Memberships: joining, leaving, being removed and tapping out."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from burn_core.errors import NotAllowed, NotFound
from burn_core.events import EventType
from burn_core.room.memberships import (
    add_agent,
    find_member,
    find_signed_in_member,
    is_removed,
    join_thread,
    leave_thread,
    let_in,
    list_agents,
    list_members,
    list_removed,
    remove_member,
    tap_in,
    tap_out,
)
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import (
    create_thread,
    find_invited_thread,
    get_invitation_key,
    renew_invitation,
)
from burn_core.snapshot import load_snapshot
from db.connection import begin
from db.errors import Refused
from db.schema import Json
from tests.making import join

BROWSER = uuid4()


@pytest.fixture
def ada(session: Session) -> UUID:
    return sign_in(session, BROWSER, "ada").id


@pytest.fixture
def bob(session: Session) -> UUID:
    return sign_in(session, uuid4(), "bob").id


@pytest.fixture
def thread_id(session: Session, ada: UUID) -> UUID:
    return create_thread(session, ada).id


def list_actions(session: Session, thread_id: UUID) -> list[Json]:
    events = load_snapshot(session, thread_id).events
    return [event.data for event in events if event.type == EventType.SYSTEM]


def list_names(session: Session, thread_id: UUID) -> list[str]:
    return [member.user.name for member in list_members(session, thread_id)]


def find_agent_id(session: Session, name: str) -> UUID:
    return next(agent.user.id for agent in list_agents(session) if agent.user.name == name)


def test_people_join_once_and_leave(session: Session, thread_id: UUID, bob: UUID) -> None:
    join(session, thread_id, bob)
    join(session, thread_id, bob)
    assert list_names(session, thread_id) == ["ada", "bob", "sarah", "jerry", "frankie"]
    leave_thread(session, thread_id, bob)
    assert find_member(session, thread_id, bob) is None
    actions = [data["action"] for data in list_actions(session, thread_id)]
    assert actions == ["created", "joined", "left"]
    with pytest.raises(NotAllowed):
        leave_thread(session, thread_id, bob)


def test_a_thread_is_joined_only_with_its_own_key(
    session: Session, thread_id: UUID, ada: UUID, bob: UUID
) -> None:
    other = create_thread(session, ada).id
    old = get_invitation_key(session, thread_id)
    renew_invitation(session, thread_id, ada)
    for key in (old, get_invitation_key(session, other), thread_id, uuid4()):
        with pytest.raises(NotFound, match="no longer works"):
            join_thread(session, thread_id, bob, key)
        assert find_invited_thread(session, thread_id, key) is None
    key = get_invitation_key(session, thread_id)
    with pytest.raises(NotFound):
        join_thread(session, uuid4(), bob, key)
    invited = find_invited_thread(session, thread_id, key)
    assert invited is not None
    join_thread(session, invited.id, bob, key)
    assert find_member(session, thread_id, bob) is not None


def test_only_the_owner_renews_the_invitation_and_no_event_tells_its_key(
    session: Session, thread_id: UUID, ada: UUID, bob: UUID
) -> None:
    join(session, thread_id, bob)
    with pytest.raises(NotAllowed, match="Only the owner"):
        renew_invitation(session, thread_id, bob)
    key = renew_invitation(session, thread_id, ada)
    assert key == get_invitation_key(session, thread_id)
    assert list_actions(session, thread_id)[-1] == {
        "action": "renewed_invitation",
        "target": "thread",
    }


def test_who_was_removed_stays_out_until_the_owner_lets_them_in(engine: Engine) -> None:
    with begin(engine) as session:
        ada, bob = (sign_in(session, uuid4(), name).id for name in ("ada", "bob"))
        thread_id = create_thread(session, ada).id
        join(session, thread_id, bob)
        remove_member(session, thread_id, ada, bob)
    with pytest.raises(Refused, match="Its owner can let you back in"), begin(engine) as session:
        join(session, thread_id, bob)
    with begin(engine) as session:
        assert is_removed(session, thread_id, bob)
        assert [person.name for person in list_removed(session, thread_id)] == ["bob"]
        with pytest.raises(NotAllowed):
            let_in(session, thread_id, bob, bob)
        for person in (bob, bob, uuid4()):
            let_in(session, thread_id, ada, person)
        assert not is_removed(session, thread_id, bob)
        assert list_removed(session, thread_id) == []
        join(session, thread_id, bob)
        *_, removed, lifted, joined = list_actions(session, thread_id)
        assert [removed["action"], joined["action"]] == ["removed", "joined"]
        assert lifted == {
            "action": "let_in",
            "target": "thread",
            "member": {"id": str(bob), "name": "bob"},
        }


def test_neither_leaving_nor_an_agents_removal_keeps_anybody_out(
    session: Session, thread_id: UUID, ada: UUID, bob: UUID
) -> None:
    jerry = find_agent_id(session, "jerry")
    join(session, thread_id, bob)
    leave_thread(session, thread_id, bob)
    remove_member(session, thread_id, ada, jerry)
    assert not is_removed(session, thread_id, bob)
    assert list_removed(session, thread_id) == []
    join(session, thread_id, bob)
    add_agent(session, thread_id, ada, jerry)
    assert list_names(session, thread_id) == ["ada", "bob", "sarah", "jerry", "frankie"]


def test_when_the_owner_leaves_the_next_person_becomes_owner(
    session: Session, thread_id: UUID, ada: UUID, bob: UUID
) -> None:
    join(session, thread_id, bob)
    leave_thread(session, thread_id, ada)
    heir = find_member(session, thread_id, bob)
    assert heir is not None
    assert heir.is_owner
    assert list_actions(session, thread_id)[-1]["action"] == "became_owner"
    leave_thread(session, thread_id, bob)
    assert list_names(session, thread_id) == ["sarah", "jerry", "frankie"]


def test_the_owner_can_remove_people_and_agents_and_add_agents_back(
    session: Session, thread_id: UUID, ada: UUID, bob: UUID
) -> None:
    join(session, thread_id, bob)
    jerry = find_agent_id(session, "jerry")
    remove_member(session, thread_id, ada, bob)
    remove_member(session, thread_id, ada, jerry)
    assert list_names(session, thread_id) == ["ada", "sarah", "frankie"]
    add_agent(session, thread_id, ada, jerry)
    add_agent(session, thread_id, ada, jerry)
    back = find_member(session, thread_id, jerry)
    assert back is not None
    assert back.role == "comedian"
    removed, added = list_actions(session, thread_id)[-2:]
    assert removed["member"] == {"id": str(jerry), "name": "jerry"}
    assert (removed["action"], added["action"]) == ("removed", "added")


def test_only_the_owner_can_remove_and_add(
    session: Session, thread_id: UUID, ada: UUID, bob: UUID
) -> None:
    join(session, thread_id, bob)
    jerry = find_agent_id(session, "jerry")
    for act in (remove_member, add_agent):
        with pytest.raises(NotAllowed, match="Only the owner"):
            act(session, thread_id, bob, jerry)
    with pytest.raises(NotAllowed, match="Leave the thread"):
        remove_member(session, thread_id, ada, ada)
    with pytest.raises(NotFound, match="no such agent"):
        add_agent(session, thread_id, ada, bob)


def test_people_are_tapped_out_until_they_tap_in(
    session: Session, thread_id: UUID, ada: UUID
) -> None:
    tap_out(session, thread_id, ada)
    tap_out(session, thread_id, ada)
    assert load_snapshot(session, thread_id).tapped_out == {ada}
    tap_in(session, thread_id, ada)
    tap_in(session, thread_id, ada)
    assert load_snapshot(session, thread_id).tapped_out == frozenset()
    actions = [data["action"] for data in list_actions(session, thread_id)]
    assert actions == ["created", "tapped_out", "tapped_in"]


def test_people_who_rejoin_are_still_tapped_out(
    session: Session, thread_id: UUID, bob: UUID
) -> None:
    for act in (join, tap_out, leave_thread, join):
        act(session, thread_id, bob)
    assert load_snapshot(session, thread_id).tapped_out == {bob}
    tap_in(session, thread_id, bob)
    for act in (leave_thread, join):
        act(session, thread_id, bob)
    assert load_snapshot(session, thread_id).tapped_out == frozenset()


def test_the_member_is_found_by_the_signed_in_browser(engine: Engine) -> None:
    with begin(engine) as session:
        ada = sign_in(session, BROWSER, "ada")
        thread_id = create_thread(session, ada.id).id
        member = find_signed_in_member(session, thread_id, BROWSER)
        assert member is not None
        assert member.user == ada
        sign_in(session, BROWSER, "bob")
        assert find_signed_in_member(session, thread_id, BROWSER) is None
