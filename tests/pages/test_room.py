"""What people do in a thread together: editing it, tapping out, watching it."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from burn_core.room.memberships import find_member, list_members
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import close_thread, create_thread, get_thread, share_thread
from burn_core.users import User
from db.connection import begin
from tests.making import Hand, join
from tests.pages.conftest import OpenPage, list_links, list_words


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


def list_faces(page: AppTest) -> str:
    return next(html.value for html in page.html if "burn-faces" in html.value)


def test_the_header_shows_the_members_and_who_is_here_now(
    open_page: OpenPage, hand: Hand, thread_id: UUID, bob: User
) -> None:
    hand.type(
        "INSERT INTO visits (thread_id, user_id, web) VALUES (%s, %s, 'web')", thread_id, bob.id
    )
    faces = list_faces(open_page(thread=str(thread_id)))
    assert 'alt="ada, owner"' in faces
    assert 'alt="bob, member, here now"' in faces
    assert 'alt="sarah, producer"' in faces


def test_the_first_people_are_shown_and_the_rest_counted(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    for number in range(11):
        hand.join(thread_id, hand.make_user(f"person{number}"))
    faces = list_faces(open_page(thread=str(thread_id)))
    assert "person8, member" in faces
    assert "person9, member" not in faces
    assert "and 2 more, 0 here now" in faces
    assert "frankie, comedian" in faces


def test_a_user_with_a_picture_is_shown_by_it(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    hand.type("UPDATE users SET avatar_url = 'https://example.com/ada.png' WHERE name = 'ada'")
    hand.type("UPDATE users SET avatar_url = '/etc/passwd' WHERE name = 'jerry'")
    faces = list_faces(open_page(thread=str(thread_id)))
    assert 'src="https://example.com/ada.png" alt="ada' in faces
    assert "passwd" not in faces


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
    page = open_page(thread=str(thread_id))
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
    assert "ada, owner, tapped out" in list_faces(page)
    assert page.button(key="tap").label == "Tap back in"
    click(page, "tap")
    assert not hand.value(tapped_out)


def test_everybody_sees_who_is_thinking(open_page: OpenPage, hand: Hand, thread_id: UUID) -> None:
    hand.begin_run(thread_id, "sarah")
    hand.begin_run(thread_id, "jerry", "running", "The model's server answered 529.")
    captions = list_captions(open_page(thread=str(thread_id)))
    assert "sarah is thinking" in captions
    assert "answered 529" in captions
    assert "Trying again" in captions


def test_a_failing_model_is_explained_with_what_happens_next(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    hand.begin_run(thread_id, "sarah", "failed", "The API key was refused: *no*")
    (warning,) = open_page(thread=str(thread_id)).warning
    assert "sarah couldn't answer: The API key was refused" in warning.value
    assert "will try again as soon as something new happens" in warning.value


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


def test_a_new_invite_link_shows_at_once_and_ends_the_old_one(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    read_key = "SELECT invitation_key FROM threads WHERE id = %s"
    old = hand.value(read_key, thread_id)
    page = open_page(thread=str(thread_id))
    click(page, "edit")
    assert any(f"&invite={old}" in code.value for code in page.code)
    click(page, "renew_invitation")
    new = hand.value(read_key, thread_id)
    assert new != old
    assert any(f"&invite={new}" in code.value for code in page.code)
    assert not any(str(old) in code.value for code in page.code)


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
