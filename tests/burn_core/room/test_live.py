"""The live socket: who hears of what, through a real listener."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import anyio
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.types import Message
from starlette.websockets import WebSocketDisconnect

from burn_core.room.access import Audience
from burn_core.room.cookies import Cookies
from burn_core.room.live import MOST_TOPICS, Live
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import create_thread
from db.connection import begin
from db.instance import get_cookie_key
from tests.making import Hand, wait_for

BROWSER = uuid4()


@pytest.fixture(autouse=True)
def _deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that hears nothing for 10 s. Starlette's client would wait forever."""

    async def receive(socket: WebSocketTestSession) -> Message:
        with anyio.fail_after(10):
            return await socket._send_rx.receive()

    monkeypatch.setattr(WebSocketTestSession, "receive", lambda it: it.portal.call(receive, it))


@pytest.fixture
def cookies(engine: Engine) -> Cookies:
    with begin(engine) as session:
        return Cookies(get_cookie_key(session))


@pytest.fixture
def live(url: str, engine: Engine, cookies: Cookies) -> Iterator[Live]:
    live = Live(url, Audience(engine, cookies, "web"))
    live.start()
    wait_for(lambda: live._listener.connected.is_set())
    yield live
    live.stop()


@pytest.fixture
def client(live: Live) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[WebSocketRoute("/live", live.serve)])) as client:
        yield client


@pytest.fixture
def headers(cookies: Cookies) -> dict[str, str]:
    cookie = cookies.make_cookie(BROWSER)
    return {"origin": "http://testserver", "cookie": f"burn_browser={cookie}"}


@pytest.fixture
def ada(engine: Engine) -> UUID:
    with begin(engine) as session:
        return sign_in(session, BROWSER, "ada").id


@pytest.fixture
def thread_id(engine: Engine, ada: UUID) -> UUID:
    with begin(engine) as session:
        return create_thread(session, ada).id


def follow(socket: WebSocketTestSession, *topics: str) -> dict[str, int]:
    socket.send_json(list(topics))
    heard: dict[str, int] = socket.receive_json()
    return heard


def test_a_change_of_a_row_is_heard_with_a_later_revision(
    url: str, live: Live, client: TestClient, headers: dict[str, str], ada: UUID, thread_id: UUID
) -> None:
    topic = f"events:{thread_id}"
    with client.websocket_connect("/live", headers=headers) as socket:
        before = follow(socket, topic)
        drawn_at = live.get_revision([])
        assert before[topic] <= drawn_at
        Hand(url).say(thread_id, ada, "hi")
        assert socket.receive_json()[topic] > drawn_at


def test_what_changed_before_following_is_told_at_once(
    live: Live, client: TestClient, headers: dict[str, str], thread_id: UUID
) -> None:
    topic = f"events:{thread_id}"
    drawn_at = live.get_revision([])
    live.announce(topic)
    with client.websocket_connect("/live", headers=headers) as socket:
        assert follow(socket, topic)[topic] > drawn_at


def test_nobody_hears_of_what_is_not_theirs(
    live: Live, client: TestClient, headers: dict[str, str], thread_id: UUID
) -> None:
    theirs, others = f"events:{thread_id}", f"events:{uuid4()}"
    with client.websocket_connect("/live", headers=headers) as socket:
        assert set(follow(socket, others, "nonsense", theirs)) == {theirs}
        live.announce(others)
        live.announce(theirs)
        assert set(socket.receive_json()) == {theirs}


def test_without_a_cookie_only_what_is_everybodys_is_heard(
    live: Live, client: TestClient, thread_id: UUID
) -> None:
    origin = {"origin": "http://testserver"}
    with client.websocket_connect("/live", headers=origin) as socket:
        socket.send_text("nonsense")
        assert set(follow(socket, f"events:{thread_id}", "anything")) == {"anything"}


def test_an_open_page_renews_the_cookie_of_somebody_who_is_signed_in(
    url: str, client: TestClient, headers: dict[str, str], ada: UUID
) -> None:
    with client.websocket_connect("/live", headers=headers) as socket:
        assert socket.extra_headers is not None
        renewed = dict[bytes, bytes](socket.extra_headers)[b"set-cookie"]
        assert renewed.startswith(headers["cookie"].encode() + b"; Max-Age=31536000; ")
    Hand(url).type("UPDATE sessions SET signed_out_at = now()")
    with client.websocket_connect("/live", headers=headers) as socket:
        assert not socket.extra_headers


@pytest.mark.parametrize("origin", ["http://elsewhere", "", "null"])
def test_other_sites_are_turned_away(
    client: TestClient, headers: dict[str, str], origin: str
) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/live", headers=headers | {"origin": origin}) as socket,
    ):
        socket.receive_json()


def test_what_is_no_longer_shown_is_no_longer_told(
    live: Live, client: TestClient, headers: dict[str, str], thread_id: UUID
) -> None:
    before, now = f"events:{thread_id}", f"facts:{thread_id}"
    with client.websocket_connect("/live", headers=headers) as socket:
        follow(socket, before)
        follow(socket, now)
        live.announce(before)
        live.announce(now)
        assert set(socket.receive_json()) == {now}


def test_a_visit_lasts_as_long_as_its_socket_follows_it(
    url: str, client: TestClient, headers: dict[str, str], ada: UUID, thread_id: UUID
) -> None:
    hand = Hand(url)
    list_present = "SELECT user_id FROM visits WHERE thread_id = %s"
    with client.websocket_connect("/live", headers=headers) as socket:
        socket.send_json([f"visits:{thread_id}"])
        wait_for(lambda: hand.type(list_present, thread_id) == [(ada,)])
        socket.send_json([f"events:{thread_id}"])
        wait_for(lambda: not hand.type(list_present, thread_id))
        socket.send_json([f"visits:{thread_id}"])
        wait_for(lambda: hand.type(list_present, thread_id))
    wait_for(lambda: not hand.type(list_present, thread_id))
    assert hand.value("SELECT last_seen_seq FROM memberships WHERE user_id = %s", ada) == 1


def test_after_a_cut_everything_may_have_changed(
    url: str, client: TestClient, headers: dict[str, str], thread_id: UUID
) -> None:
    topic = f"events:{thread_id}"
    with client.websocket_connect("/live", headers=headers) as socket:
        before = follow(socket, topic)[topic]
        Hand(url).type(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        after = before
        while after == before:
            after = socket.receive_json()[topic]
        assert after > before


def test_somebody_in_600_threads_hears_of_themselves_and_of_each_thread(
    url: str, client: TestClient, headers: dict[str, str], ada: UUID
) -> None:
    hand = Hand(url)
    ids = [hand.make_thread(ada) for _ in range(600)]
    own = [f"sessions:{BROWSER}", f"users:{ada}", f"visits:{ids[0]}"]
    tables = ("events", "threads", "facts")
    topics = [*own, *(f"{table}:{id}" for table in tables for id in ids)]
    with client.websocket_connect("/live", headers=headers) as socket:
        assert set(follow(socket, *topics)) == set(topics)
        wait_for(lambda: hand.type("SELECT 1 FROM visits WHERE user_id = %s", ada))
        hand.say(ids[-1], ada, "the oldest thread has news")
        hear_of(socket, f"events:{ids[-1]}")
        hand.type("UPDATE sessions SET signed_out_at = now()")
        hear_of(socket, f"sessions:{BROWSER}")


def test_a_tab_that_names_too_many_topics_keeps_the_first(
    live: Live, client: TestClient, headers: dict[str, str], thread_id: UUID
) -> None:
    first, last = f"sessions:{BROWSER}", f"events:{thread_id}"
    others = [f"events:{uuid4()}" for _ in range(MOST_TOPICS)]
    with client.websocket_connect("/live", headers=headers) as socket:
        assert set(follow(socket, first, *others, last)) == {first}


def hear_of(socket: WebSocketTestSession, topic: str) -> None:
    """Wait for news of the topic, of which there may be others before."""
    while topic not in socket.receive_json():
        pass
