"""Messages for buttons that only others are shown, sent over a websocket of one's own."""

from collections.abc import Iterable
from uuid import UUID

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.sync.client import ClientConnection

from burn_core.room.cookies import COOKIE_NAME
from tests.end_to_end.test_browser_messages import read_words, run_page, streaming
from tests.end_to_end.test_doors import sign_in
from tests.making import Hand

WHAT_CHANGES = (
    "SELECT array_agg(f ORDER BY f.id)::text FROM facts f",
    "SELECT array_agg((u.id, u.name, u.deleted_at, u.password_hash, u.is_host) ORDER BY u.id)::text"
    " FROM users u",
    "SELECT array_agg((t.id, t.invitation_key, t.spectator_key, t.status) ORDER BY t.id)::text"
    " FROM threads t",
    "SELECT array_agg((e.seq, e.user_id, e.data) ORDER BY e.seq)::text FROM events e",
)
# The beginnings of the keys of the buttons, as pages name them.
OWNERS = ("let_in-", "share_thread", "remove_member-", "renew_invitation", "close_thread")
# Those among them that ask first.
ASKING = OWNERS[2:]
ABOUT_ADA = ("confirm-memory-", "dispute-memory-", "forget-for-good-memory-")
ADAS = ("delete-account", "sign-out-everywhere")


def list_buttons(answers: Iterable[ForwardMsg]) -> dict[str, str]:
    """The ids of the buttons that a run draws, by their keys."""
    ids = [
        answer.delta.new_element.button.id
        for answer in answers
        if answer.delta.new_element.HasField("button")
    ]
    return {id.split("-", 2)[2]: id for id in ids}


def press(*ids: str) -> WidgetStates:
    return WidgetStates(widgets=[WidgetState(id=id, trigger_value=True) for id in ids])


def choose_first(answers: Iterable[ForwardMsg], key: str) -> WidgetStates:
    """What a browser sends once the first option of the select box is chosen."""
    (box,) = [
        answer.delta.new_element.selectbox
        for answer in answers
        if answer.delta.new_element.selectbox.id.endswith(key)
    ]
    return WidgetStates(widgets=[WidgetState(id=box.id, string_value=box.options[0])])


def open_popover(answers: Iterable[ForwardMsg], key: str) -> WidgetStates:
    """What a browser sends once the popover is open. Its content is drawn only then."""
    (popover,) = [
        answer.delta.add_block.popover
        for answer in answers
        if answer.delta.add_block.popover.id.endswith(key)
    ]
    return WidgetStates(widgets=[WidgetState(id=popover.id, bool_value=True)])


def list_all_buttons(stream: ClientConnection, query: str) -> dict[str, str]:
    """Those of the thread's page, with its dialog, the facts about oneself and the own menu open."""
    shown = run_page(stream, query_string=query)
    buttons = list_buttons(shown)
    edited = list_buttons(
        run_page(stream, query_string=query, widget_states=press(buttons["edit"]))
    )
    for key, id in edited.copy().items():
        if key.startswith(ASKING):
            asked = run_page(stream, query_string=query, widget_states=press(id))
            edited |= {key: id for key, id in list_buttons(asked).items() if key.endswith("-yes")}
    chosen = run_page(stream, query_string=query, widget_states=choose_first(shown, "own-facts"))
    own = run_page(stream, query_string=query, widget_states=open_popover(shown, "own-menu"))
    return buttons | edited | list_buttons(chosen) | list_buttons(own)


@pytest.fixture
def bob(hand: Hand, ada: UUID, thread_id: UUID) -> UUID:
    """A member of ada's thread, in which there is a fact about her and somebody was removed."""
    bob, rob = hand.make_user("bob"), hand.make_user("rob")
    hand.join(thread_id, bob)
    hand.join(thread_id, rob)
    hand.remove(thread_id, ada, rob)
    hand.learn(thread_id, ada, "owns", "a goat", 0.9)
    return bob


@pytest.mark.parametrize("who", ["bob", "zoe", "nobody"])
def test_buttons_that_only_others_are_shown_do_nothing(
    hand: Hand, ada: UUID, bob: UUID, thread_id: UUID, address: str, who: str
) -> None:
    query = f"thread={thread_id}"
    with streaming(address, Cookie=f"{COOKIE_NAME}={sign_in(hand, ada)}") as stream:
        buttons = list_all_buttons(stream, query)
    ids = [id for key, id in buttons.items() if key.startswith(OWNERS + ABOUT_ADA + ADAS)]
    for key in OWNERS + ABOUT_ADA + ADAS:
        assert any(each.startswith(key) for each in buttons), (key, buttons)
    for key in ASKING:
        assert any(each.startswith(key) and each.endswith("-yes") for each in buttons), key
    # Deleting one's account has one key for everybody: bob would delete his own.
    forged = [id for id in ids if who == "nobody" or not id.endswith(ADAS)]
    who_id = {"bob": bob, "zoe": hand.make_user("zoe")}.get(who)
    headers = {} if who_id is None else {"Cookie": f"{COOKIE_NAME}={sign_in(hand, who_id)}"}
    before = [hand.value(statement) for statement in WHAT_CHANGES]
    with streaming(address, **headers) as stream:
        for _ in range(2):  # before the page is drawn, and after
            for id in forged:
                shown = run_page(stream, query_string=query, widget_states=press(id))
                assert "Traceback" not in read_words(shown)
            shown = run_page(stream, query_string=query)
    assert [hand.value(statement) for statement in WHAT_CHANGES] == before
    assert (who == "bob") == ("Edit" in read_words(shown))


def test_the_same_messages_work_for_whom_the_buttons_are(
    hand: Hand, ada: UUID, bob: UUID, thread_id: UUID, address: str
) -> None:
    """So that the test above tries what would work."""
    query = f"thread={thread_id}"
    with streaming(address, Cookie=f"{COOKIE_NAME}={sign_in(hand, ada)}") as stream:
        buttons = list_all_buttons(stream, query)
        (dispute,) = [id for key, id in buttons.items() if key.startswith("dispute-memory-")]
        run_page(stream, query_string=query, widget_states=press(dispute))
    assert hand.value("SELECT disputed FROM facts")


def test_one_who_was_shown_a_button_cant_press_it_once_it_is_no_longer_theirs(
    hand: Hand, ada: UUID, bob: UUID, thread_id: UUID, address: str
) -> None:
    query = f"thread={thread_id}"
    with streaming(address, Cookie=f"{COOKIE_NAME}={sign_in(hand, ada)}") as stream:
        shown = run_page(stream, query_string=query)
        edit = list_buttons(shown)["edit"]
        buttons = list_buttons(run_page(stream, query_string=query, widget_states=press(edit)))
        renew = press(buttons["renew_invitation"])
        buttons |= list_buttons(run_page(stream, query_string=query, widget_states=renew))
        hand.type(
            "UPDATE memberships SET role = CASE user_id WHEN %s THEN 'owner' ELSE 'member' END"
            " WHERE role IN ('owner', 'member')",
            bob,
        )
        before = [hand.value(statement) for statement in WHAT_CHANGES]
        for key in ("renew_invitation-yes", "let_in-"):
            (id,) = [id for each, id in buttons.items() if each.startswith(key)]
            shown = run_page(stream, query_string=query, widget_states=press(id))
            if key == "renew_invitation-yes":
                assert "Only the owner of this thread can do that" in read_words(shown)
    assert [hand.value(statement) for statement in WHAT_CHANGES] == before
