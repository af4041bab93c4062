"""What somebody without a name can do to the others with messages that no page sends."""

from uuid import UUID

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.end_to_end.tabs import OpenAs, find_words
from tests.making import Hand


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    thread_id = hand.make_thread(ada)
    hand.say(thread_id, ada, "before")
    return thread_id


def send(address: str, message: BackMsg) -> None:
    """As a browser that isn't signed in. Returns when the server has handled it."""
    url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(url, subprotocols=[Subprotocol("streamlit")], open_timeout=10) as stream:
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
