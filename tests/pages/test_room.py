"""What people do in a thread together: editing it, tapping out, watching it."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from burn_core.room.memberships import find_member, list_members
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import close_thread, create_thread, get_thread, share_thread
from burn_core.users import User
from db.connection import begin
from db.schema import Json
from pages.ui.shared.live import announce
from pages.ui.shared.resources import get_settings
from tests.making import Hand, join
from tests.pages.conftest import OpenPage, list_links, list_stored, list_words, open_popover


@pytest.fixture
def bob(engine: Engine, thread_id: UUID) -> User:
    with begin(engine) as session:
        bob = sign_in(session, uuid4(), "bob")
        join(session, thread_id, bob.id)
        return bob


def click(page: AppTest, key: str) -> None:
    page.button(key=key).click().run()
    assert not page.exception


def list_buttons(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def list_names(engine: Engine, thread_id: UUID) -> list[str]:
    with begin(engine) as session:
        return [member.user.name for member in list_members(session, thread_id)]


def list_captions(page: AppTest) -> str:
    return "\n".join(caption.value for caption in page.caption)


def open_circuit(hand: Hand) -> None:
    hand.type(
        "INSERT INTO circuits (endpoint, model, is_default, opened_at, probe_at)"
        " VALUES ('e', 'm', true, now(), now() + interval '30 s')"
    )


def list_people(page: AppTest) -> dict[str, Json]:
    """The members, by name."""
    return {row["name"]: row for row in list_stored(page, "people")}


def list_agents(page: AppTest) -> dict[str, Json]:
    """What the agents do, by name. status.js says it in words."""
    return {row["name"]: row for row in list_stored(page, "agents")}


def test_the_header_shows_the_members_and_who_is_here_now(
    open_page: OpenPage, hand: Hand, thread_id: UUID, bob: User
) -> None:
    hand.type(
        "INSERT INTO visits (thread_id, user_id, web) VALUES (%s, %s, 'web')", thread_id, bob.id
    )
    people = list_people(open_page(thread=str(thread_id)))
    assert {name: (row["role"], row["is_here"]) for name, row in people.items()} == {
        "ada": ("owner", False),
        "bob": ("member", True),
        "sarah": ("producer", False),
        "jerry": ("comedian", False),
        "frankie": ("comedian", False),
    }


def test_a_user_with_a_picture_is_shown_by_it(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    hand.type("UPDATE users SET avatar_url = 'https://example.com/ada.png' WHERE name = 'ada'")
    hand.type("UPDATE users SET avatar_url = '/etc/passwd' WHERE name = 'jerry'")
    people = list_people(open_page(thread=str(thread_id)))
    assert people["ada"]["avatar"] == "https://example.com/ada.png"
    assert "passwd" not in str(people)


def test_a_thread_can_be_renamed(open_page: OpenPage, engine: Engine, thread_id: UUID) -> None:
    page = open_page(thread=str(thread_id))
    click(page, "edit")
    page.text_input(key=f"name-{thread_id}").set_value("Friday").run()
    click(page, "rename")
    assert "Renamed\\." in [note.value for note in page.success]
    with begin(engine) as session:
        assert get_thread(session, thread_id).name == "Friday"


def test_a_bad_name_is_explained_and_changes_nothing(
    open_page: OpenPage, engine: Engine, thread_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))
    click(page, "edit")
    page.text_input(key=f"name-{thread_id}").set_value("   ").run()
    click(page, "rename")
    assert "at least one character that can be seen" in page.toast[0].value
    with begin(engine) as session:
        assert get_thread(session, thread_id).name == "Untitled thread 1"


def test_removing_somebody_asks_for_confirmation(
    open_page: OpenPage, engine: Engine, thread_id: UUID, bob: User
) -> None:
    page = open_page(thread=str(thread_id))
    click(page, "edit")
    click(page, f"remove_member-{bob.id}")
    assert any("Remove bob?" in mark.value for mark in page.markdown)
    click(page, f"remove_member-{bob.id}-no")
    assert "bob" in list_names(engine, thread_id)
    click(page, f"remove_member-{bob.id}")
    click(page, f"remove_member-{bob.id}-yes")
    assert "bob" not in list_names(engine, thread_id)
    page.run()
    assert "ada removed bob" in list_words(page)


def test_the_owner_can_change_the_agents_later(
    open_page: OpenPage, engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    jerry = hand.value("SELECT id FROM users WHERE name = 'jerry'")
    page = open_page(thread=str(thread_id))
    click(page, "edit")
    click(page, f"remove_member-{jerry}")
    click(page, f"remove_member-{jerry}-yes")
    assert "jerry" not in list_names(engine, thread_id)
    click(page, f"add_agent-{jerry}")
    assert "jerry" in list_names(engine, thread_id)


def test_the_agents_of_a_new_thread_can_be_chosen(
    open_page: OpenPage, engine: Engine, thread_id: UUID
) -> None:
    page = open_popover(open_page(thread=str(thread_id)), "new-thread")
    page.text_input(key="new-name").set_value("Only Sarah").run()
    page.button_group(key="new-agents").set_value([page.session_state["new-agents"][0]]).run()
    click(page, "create")
    made = UUID(page.query_params["thread"])
    assert made != thread_id
    assert list_names(engine, made) == ["ada", "sarah"]


def test_members_can_only_rename_and_leave(open_page: OpenPage, engine: Engine, ada: User) -> None:
    with begin(engine) as session:
        bob = sign_in(session, uuid4(), "bob")
        theirs = create_thread(session, bob.id).id
        join(session, theirs, ada.id)
    page = open_page(thread=str(theirs))
    click(page, "edit")
    labels = list_buttons(page)
    assert "Rename" in labels
    assert not {"Remove", "Close thread", "Create a spectator link"} & set(labels)
    click(page, "leave_thread")
    click(page, "leave_thread-yes")
    with begin(engine) as session:
        assert find_member(session, theirs, ada.id) is None
    page.run()
    assert page.title[0].value == "Welcome, ada"
    assert open_page(thread=str(theirs)).title[0].value == "Thread not found"


def test_a_thread_can_be_closed_and_reopened(
    open_page: OpenPage, engine: Engine, thread_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))
    click(page, "edit")
    click(page, "close_thread")
    click(page, "close_thread-yes")
    page.run()
    assert page.chat_input[0].placeholder == "This thread is closed"
    assert page.chat_input[0].disabled
    click(page, "reopen_thread")
    page.run()
    assert not page.chat_input[0].disabled


def test_text_sent_as_the_thread_closes_is_refused_and_kept(
    open_page: OpenPage, engine: Engine, ada: User, thread_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))
    with begin(engine) as session:
        close_thread(session, thread_id, ada.id)
    page.chat_input[0].set_value("too late").run()
    assert "closed" in page.toast[0].value
    assert page.chat_input[0].proto.value == "too late"


def test_opening_lines_give_way_to_a_roast_button(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))
    assert "Roast me!" not in list_buttons(page)
    click(page, "line-I have a strange hobby")
    assert "I have a strange hobby" in [
        row[0] for row in hand.type("SELECT data->>'text' FROM events WHERE type = 'text'")
    ]
    page = open_page(thread=str(thread_id))
    click(page, "line-Roast me!")
    assert "Roast me!" in list_words(page.run())


def test_tapping_out_is_stored_and_can_be_undone(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))
    click(page, "tap")
    tapped_out = "SELECT tapped_out_at IS NOT NULL FROM memberships WHERE role = 'owner'"
    assert hand.value(tapped_out)
    page.run()
    assert "ada tapped out: agents will leave them alone" in list_words(page)
    assert list_people(page)["ada"]["has_tapped_out"]
    assert page.button(key="tap").label == "Tap back in"
    click(page, "tap")
    assert not hand.value(tapped_out)


def test_everybody_sees_who_is_thinking(open_page: OpenPage, hand: Hand, thread_id: UUID) -> None:
    hand.begin_run(thread_id, "sarah")
    hand.begin_run(thread_id, "jerry", "running", "The model's server answered 529.")
    agents = list_agents(open_page(thread=str(thread_id)))
    assert agents["sarah"]["status"] == agents["jerry"]["status"] == "running"
    assert agents["jerry"]["error"] == "The model's server answered 529."


def test_what_has_failed_says_when_it_is_tried_again(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    hand.begin_run(thread_id, "sarah", "failed", "The API key was refused: *no*")
    sarah = list_agents(open_page(thread=str(thread_id)))["sarah"]
    assert (sarah["status"], sarah["error"]) == ("failed", "The API key was refused: *no*")
    assert datetime.fromisoformat(sarah["wakes_at"]) > datetime.now(UTC)


def test_since_when_the_agents_cant_reach_their_model(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    open_circuit(hand)
    hand.begin_run(thread_id, "sarah", "failed", "The model's server can't be reached.")
    page = open_page(thread=str(thread_id))
    assert list_agents(page)["sarah"]["cut_off_since"] is not None
    hand.type("DELETE FROM circuits")
    announce(f"runs:{thread_id}")
    assert list_agents(page.run())["sarah"]["cut_off_since"] is None


def test_agents_that_have_spoken_since_by_way_of_another_endpoint_are_not_cut_off(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    open_circuit(hand)
    for agent in ("sarah", "jerry", "frankie"):
        hand.begin_run(thread_id, agent, "done")
    hand.type("UPDATE runs SET finished_at = now() + interval '1 s'")
    agents = list_agents(open_page(thread=str(thread_id)))
    assert {row["cut_off_since"] for row in agents.values()} == {None}


def test_a_cap_is_named_with_its_end(open_page: OpenPage, hand: Hand, thread_id: UUID) -> None:
    hand.type(
        "UPDATE memberships SET due_since = now(), waits_for = 'BURN_THREAD_CALLS_PER_HOUR=9',"
        " wakes_at = '2030-01-02 16:00Z' WHERE role IN ('producer', 'comedian')"
    )
    sarah = list_agents(open_page(thread=str(thread_id)))["sarah"]
    assert sarah["waits_for"] == "This thread has reached its hourly limit of model calls (9)."
    assert sarah["wakes_at"] == "2030-01-02T16:00:00+00:00"


def test_a_long_error_from_an_older_worker_is_cut(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    hand.begin_run(thread_id, "sarah", "failed", "<html>" * 600_000)
    sarah = list_agents(open_page(thread=str(thread_id)))["sarah"]
    assert len(sarah["error"]) <= 300


def test_threads_with_news_are_marked_until_they_are_opened(
    open_page: OpenPage, engine: Engine, ada: User, thread_id: UUID
) -> None:
    with begin(engine) as session:
        other = create_thread(session, ada.id, "The other").id
    page = open_page(thread=str(thread_id))
    assert [link["name"] for link in list_links(page) if link["is_unread"]] == ["The other"]
    page = open_page(thread=str(other))
    assert [link["name"] for link in list_links(page) if link["is_current"]] == ["The other"]
    assert "The other" not in [link["name"] for link in list_links(page) if link["is_unread"]]


def test_spectators_can_watch_without_a_name_but_do_nothing_else(
    open_page: OpenPage, engine: Engine, hand: Hand, ada: User, thread_id: UUID
) -> None:
    hand.say(thread_id, ada.id, "hello spectators")
    with begin(engine) as session:
        key = share_thread(session, thread_id, ada.id)
    hand.type("UPDATE sessions SET signed_out_at = now()")
    page = open_page("watch.py", key=str(key))
    assert "hello spectators" in list_words(page)
    assert not page.chat_input
    assert not list_buttons(page)
    with begin(engine) as session:
        share_thread(session, thread_id, ada.id)
    page = open_page("watch.py", key=str(key))
    assert page.title[0].value == "There is nothing to watch here"
    assert "hello spectators" not in str(page.main)


def test_an_agent_with_a_members_name_cannot_be_added(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    """An imported thread can bring agents of its own with the same names."""
    theirs = hand.value("INSERT INTO users (type, name) VALUES ('agent', 'sarah') RETURNING id")
    hand.type("UPDATE memberships SET user_id = %s WHERE role = 'producer'", theirs)
    hand.type("DELETE FROM memberships USING users u WHERE u.id = user_id AND u.name = 'jerry'")
    page = open_page(thread=str(thread_id))
    click(page, "edit")
    assert [label for label in list_buttons(page) if "Add" in label] == ["Add jerry"]


def test_the_owner_can_let_in_whom_they_removed(
    open_page: OpenPage, engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    with begin(engine) as session:
        bob = sign_in(session, uuid4(), "bob")
        join(session, thread_id, bob.id)
    page = open_page(thread=str(thread_id))
    click(page, "edit")
    assert "Let back in" not in list_buttons(page)
    click(page, f"remove_member-{bob.id}")
    click(page, f"remove_member-{bob.id}-yes")
    page.run()
    click(page, f"let_in-{bob.id}")
    assert any("bob can join again" in note.value for note in page.success)
    page.run()
    assert "Let back in" not in list_buttons(page)
    with begin(engine) as session:
        join(session, thread_id, bob.id)


def test_a_new_invite_link_is_asked_about_shows_at_once_and_ends_the_old_one(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    read_key = "SELECT invitation_key FROM threads WHERE id = %s"
    old = hand.value(read_key, thread_id)
    page = open_page(thread=str(thread_id))
    click(page, "edit")
    assert any(f"&invite={old}" in code.value for code in page.code)
    click(page, "renew_invitation")
    assert any("The old one will no longer work" in mark.value for mark in page.markdown)
    assert hand.value(read_key, thread_id) == old
    click(page, "renew_invitation-yes")
    new = hand.value(read_key, thread_id)
    assert new != old
    assert any(f"&invite={new}" in code.value for code in page.code)
    assert not any(str(old) in code.value for code in page.code)


def test_revoking_a_spectator_link_asks_for_confirmation(
    open_page: OpenPage, engine: Engine, hand: Hand, ada: User, thread_id: UUID
) -> None:
    with begin(engine) as session:
        key = share_thread(session, thread_id, ada.id)
    read_key = "SELECT spectator_key FROM threads WHERE id = %s"
    page = open_page(thread=str(thread_id))
    click(page, "edit")
    click(page, "unshare_thread")
    assert any("Revoke this link?" in mark.value for mark in page.markdown)
    click(page, "unshare_thread-no")
    assert hand.value(read_key, thread_id) == key
    click(page, "unshare_thread")
    click(page, "unshare_thread-yes")
    assert hand.value(read_key, thread_id) is None


def test_a_spectator_link_ignores_a_thread_in_the_address(
    open_page: OpenPage, engine: Engine, hand: Hand, ada: User, thread_id: UUID
) -> None:
    hand.say(thread_id, ada.id, "hello spectators")
    with begin(engine) as session:
        key = share_thread(session, thread_id, ada.id)
    page = open_page("watch.py", key=str(key), thread=str(uuid4()))
    assert "hello spectators" in list_words(page)


@pytest.mark.parametrize("key", ["", "nonsense", "5e2d0a54-0000-4000-8000-000000000000"])
def test_a_bad_spectator_link_is_explained(open_page: OpenPage, key: str) -> None:
    page = open_page("watch.py", key=key)
    assert page.title[0].value == "There is nothing to watch here"


def test_the_projector_shows_the_thread_and_a_qr_code(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    hand.say(thread_id, ada.id, "on the big screen")
    page = open_page("projector.py", thread=str(thread_id))
    assert "on the big screen" in list_words(page)
    key = hand.value("SELECT invitation_key FROM threads WHERE id = %s", thread_id)
    join = next(mark.value for mark in page.markdown if "Join" in mark.value)
    assert f"/?thread={thread_id}&invite={key}" in join
    assert not page.chat_input
    assert len(page.get("image")) == 1


def test_the_projector_is_for_members(open_page: OpenPage, ada: User) -> None:
    page = open_page("projector.py", thread=str(uuid4()))
    assert page.title[0].value == "Thread not found"


def test_how_long_threads_last_is_said_on_every_way_to_make_one(
    monkeypatch: pytest.MonkeyPatch, open_page: OpenPage, ada: User
) -> None:
    assert "is deleted" not in list_captions(open_page())
    monkeypatch.setenv("BURN_RETENTION_HOURS", "36")
    get_settings.cache_clear()
    welcome = open_popover(open_page(), "new-thread")
    words = "A thread is deleted once nothing has happened in it for 36 hours."
    # The welcome page's button, the sidebar's, and the form for a chosen name.
    assert list_captions(welcome).count(words) == 3
    click(welcome, "start")
    assert list_captions(welcome).count(words) == 2
