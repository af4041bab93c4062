"""The live socket: who hears of what, through a real listener."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from burn_core.live import Live
from tests.making import Hand, wait_for

HEADERS = {"origin": "http://testserver", "cookie": "burn_browser=hers"}


@pytest.fixture
def live(url: str) -> Iterator[Live]:
    """Topics of which whoever has a cookie may hear, but for the secret one."""
    live = Live(url, lambda cookie, topic: cookie == "hers" and topic != "events:secret")
    live.start()
    wait_for(lambda: live._listener.connected.is_set())
    yield live
    live.stop()


@pytest.fixture
def client(live: Live) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[WebSocketRoute("/live", live.serve)])) as client:
        yield client


def follow(socket: WebSocketTestSession, *topics: str) -> dict[str, int]:
    socket.send_json(list(topics))
    heard: dict[str, int] = socket.receive_json()
    return heard


def test_a_change_of_a_row_is_heard_with_a_later_revision(
    url: str, live: Live, client: TestClient
) -> None:
    hand = Hand(url)
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada)
    topic = f"events:{thread_id}"
    with client.websocket_connect("/live", headers=HEADERS) as socket:
        before = follow(socket, topic)
        drawn_at = live.get_revision([])
        assert before[topic] <= drawn_at
        hand.say(thread_id, ada, "hi")
        assert socket.receive_json()[topic] > drawn_at


def test_what_changed_before_following_is_told_at_once(
    url: str, live: Live, client: TestClient
) -> None:
    drawn_at = live.get_revision([])
    live.announce("events:x")
    with client.websocket_connect("/live", headers=HEADERS) as socket:
        assert follow(socket, "events:x")["events:x"] > drawn_at


def test_nobody_hears_of_what_is_not_theirs(live: Live, client: TestClient) -> None:
    with client.websocket_connect("/live", headers=HEADERS) as socket:
        assert set(follow(socket, "events:secret", "events:x")) == {"events:x"}
        live.announce("events:secret")
        live.announce("events:x")
        assert set(socket.receive_json()) == {"events:x"}


def test_without_a_cookie_nothing_is_heard(live: Live, client: TestClient) -> None:
    asked: list[str | None] = []

    def refuse(cookie: str | None, topic: str) -> bool:
        asked.append(cookie)
        return False

    live._may_hear = refuse
    headers = {"origin": "http://testserver"}
    with client.websocket_connect("/live", headers=headers) as socket:
        socket.send_text("nonsense")
        socket.send_json(["events:x"])
        wait_for(lambda: asked)
    assert asked == [None]
    assert not live._sockets


@pytest.mark.parametrize("origin", ["http://elsewhere", "", "null"])
def test_other_sites_are_turned_away(client: TestClient, origin: str) -> None:
    headers = HEADERS | {"origin": origin}
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/live", headers=headers) as socket,
    ):
        socket.receive_json()


def test_what_is_no_longer_shown_is_no_longer_told(live: Live, client: TestClient) -> None:
    with client.websocket_connect("/live", headers=HEADERS) as socket:
        follow(socket, "events:x")
        follow(socket, "events:y")
        live.announce("events:x")
        live.announce("events:y")
        assert set(socket.receive_json()) == {"events:y"}


def test_after_a_cut_everything_may_have_changed(url: str, live: Live, client: TestClient) -> None:
    topic = f"events:{uuid4()}"
    with client.websocket_connect("/live", headers=HEADERS) as socket:
        before = follow(socket, topic)[topic]
        wait_for(lambda: live._listener.connected.is_set())
        Hand(url).type(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        after = before
        while after == before:
            after = socket.receive_json()[topic]
        assert after > before
