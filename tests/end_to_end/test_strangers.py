"""What somebody without a name can do to the others with messages that no page sends."""

from urllib.request import urlopen
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.end_to_end.tabs import OpenAs, OpenTab, find_words
from tests.making import Hand


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    thread_id = hand.make_thread(ada)
    hand.say(thread_id, ada, "before")
    return thread_id


def send(address: str, message: BackMsg) -> None:
    """As a browser that isn't signed in. Returns when the server has handled it."""
    url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(
        url,
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"Origin": address},
        open_timeout=10,
    ) as stream:
        stream.send(message.SerializeToString())
        stream.send(BackMsg(rerun_script=ClientState()).SerializeToString())
        stream.recv(timeout=20)


def test_clearing_the_caches_takes_nothing_from_anybody(
    hand: Hand, ada: UUID, thread_id: UUID, address: str, open_as: OpenAs
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(find_words(tab, "before")).to_be_visible()
    send(address, BackMsg(clear_cache=True))
    hand.say(thread_id, ada, "after")
    expect(find_words(tab, "after")).to_be_visible()
    hand.type("DELETE FROM memberships WHERE user_id = %s", ada)
    expect(find_words(tab, "after")).to_be_hidden()


def test_an_id_in_upper_case_is_answered_once_and_not_for_ever(
    ada: UUID, thread_id: UUID, open_as: OpenAs
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(find_words(tab, "before")).to_be_visible()
    frames: list[str | bytes] = []
    tab.on("websocket", lambda socket: socket.on("framereceived", lambda it: frames.append(it)))
    tab.goto(tab.url.replace(str(thread_id), str(thread_id).upper()))
    expect(tab.get_by_role("heading", name="Thread not found")).to_be_visible()
    tab.wait_for_load_state("networkidle")
    assert len(frames) < 200


def test_a_spectator_learns_of_no_way_to_join(
    hand: Hand, ada: UUID, thread_id: UUID, address: str, open_tab: OpenTab, open_as: OpenAs
) -> None:
    key = uuid4()
    hand.type("UPDATE threads SET spectator_key = %s", key)
    invitation_key = hand.invite(thread_id).partition("invite=")[2]
    received: list[str] = []

    def note(payload: str | bytes) -> None:
        received.append(payload if isinstance(payload, str) else payload.decode(errors="replace"))

    tab = open_tab("about:blank")
    tab.on("websocket", lambda socket: socket.on("framereceived", note))
    tab.goto(f"{address}/watch?key={key}")
    expect(find_words(tab, "before")).to_be_visible()
    for table in ("users", "threads", "memberships", "events", "facts"):
        with urlopen(f"{address}/sync/{table}?key={key}&live=false", timeout=20) as answer:
            received.append(answer.read().decode())
    assert any(str(thread_id) in text for text in received)
    assert not any(invitation_key in text for text in received)
    stranger = open_as(hand.make_user("eve"), f"/?thread={thread_id}")
    expect(stranger.get_by_role("heading", name="Thread not found")).to_be_visible()
    expect(stranger.get_by_role("button", name="Join")).to_have_count(0)
