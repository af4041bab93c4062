"""The socket of a tab: who hears of what, through a real listener."""

import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocket, WebSocketDisconnect

from burn_core.room.access import Audience, write_session_topic
from burn_core.room.broadcast import Broadcasts, Group, Tables
from burn_core.room.cookies import Cookies
from burn_core.room.live import Live
from burn_core.room.sign_in import sign_in
from burn_core.room.tab import MOST_TOPICS, serve
from burn_core.room.threads import create_thread
from db.connection import begin
from tests.making import Hand, wait_for

pytestmark = pytest.mark.usefixtures("impatient_sockets")

BROWSER = uuid4()
ORIGIN = {"origin": "http://testserver"}


@pytest.fixture
def client(live: Live, audience: Audience, web_engine: Engine) -> Iterator[TestClient]:
    broadcasts = Broadcasts(live, web_engine, [])

    async def endpoint(websocket: WebSocket) -> None:
        await serve(websocket, live, audience, broadcasts)

    with TestClient(Starlette(routes=[WebSocketRoute("/live", endpoint)])) as client:
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
    with client.websocket_connect("/live", headers=ORIGIN) as socket:
        socket.send_text("nonsense")
        assert set(follow(socket, f"events:{thread_id}", "anything")) == {"anything"}


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
        socket.send_json([f"rows:{thread_id}"])
        wait_for(lambda: hand.type(list_present, thread_id) == [(ada,)])
        socket.send_json([f"events:{thread_id}"])
        wait_for(lambda: not hand.type(list_present, thread_id))
        socket.send_json([f"rows:{thread_id}"])
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
        after = wait_for(lambda: (now := socket.receive_json()[topic]) != before and now)
        assert after > before


def test_somebody_in_600_threads_hears_of_themselves_and_of_each_thread(
    url: str, client: TestClient, headers: dict[str, str], ada: UUID
) -> None:
    hand = Hand(url)
    ids = [hand.make_thread(ada) for _ in range(600)]
    own = [write_session_topic(BROWSER), f"users:{ada}", f"rows:{ids[0]}"]
    tables = ("events", "threads", "facts")
    topics = [*own, *(f"{table}:{id}" for table in tables for id in ids)]
    with client.websocket_connect("/live", headers=headers) as socket:
        assert set(follow(socket, *topics)) == set(topics)
        wait_for(lambda: hand.type("SELECT 1 FROM visits WHERE user_id = %s", ada))
        hand.say(ids[-1], ada, "the oldest thread has news")
        hear_of(socket, f"events:{ids[-1]}")
        hand.type("UPDATE sessions SET signed_out_at = now()")
        hear_of(socket, write_session_topic(BROWSER))


def test_a_tab_that_names_too_many_topics_keeps_the_first(
    live: Live, client: TestClient, headers: dict[str, str], thread_id: UUID
) -> None:
    first, last = write_session_topic(BROWSER), f"events:{thread_id}"
    others = [f"events:{uuid4()}" for _ in range(MOST_TOPICS)]
    with client.websocket_connect("/live", headers=headers) as socket:
        assert set(follow(socket, first, *others, last)) == {first}


def test_people_in_1000_threads_hear_of_the_open_one(
    url: str, client: TestClient, headers: dict[str, str], ada: UUID
) -> None:
    hand = Hand(url)
    ids = [hand.make_thread(ada) for _ in range(1_000)]
    others = [f"{table}:{id}" for table in ("threads", "events") for id in ids]
    with client.websocket_connect("/live", headers=headers) as socket:
        follow(socket, f"rows:{ids[-1]}", f"events:{ids[-1]}", *others)
        wait_for(lambda: list_visits(hand) == [ids[-1]])
        hand.say(ids[-1], ada, "hello")
        hear_of(socket, f"events:{ids[-1]}")


@pytest.mark.parametrize(
    "end",
    [
        "DELETE FROM memberships WHERE user_id = %s",
        "UPDATE sessions SET signed_out_at = now() WHERE user_id = %s",
        "DELETE FROM sessions WHERE user_id = %s",
        "DELETE FROM threads WHERE id IN (SELECT thread_id FROM memberships WHERE user_id = %s)",
    ],
)
def test_who_loses_a_right_is_told_of_that_and_then_nothing(
    url: str,
    live: Live,
    client: TestClient,
    headers: dict[str, str],
    ada: UUID,
    thread_id: UUID,
    end: str,
) -> None:
    hand = Hand(url)
    theirs = [f"{table}:{thread_id}" for table in ("events", "rows", "runs")]
    with client.websocket_connect("/live", headers=headers) as socket:
        follow(socket, *theirs, "anything")
        wait_for(lambda: list_visits(hand) == [thread_id])
        hand.type(end, ada)
        hear_of(socket, f"runs:{thread_id}")  # nobody changed a run: it is the last word
        wait_for(lambda: list_visits(hand) == [])
        assert is_deaf(live, socket, *theirs)


def test_whose_spectator_key_is_revoked_is_told_of_that_and_then_nothing(
    url: str, live: Live, client: TestClient, ada: UUID, thread_id: UUID
) -> None:
    hand, key = Hand(url), uuid4()
    hand.type("UPDATE threads SET spectator_key = %s", key)
    with client.websocket_connect(f"/live?key={key}", headers=ORIGIN) as socket:
        follow(socket, f"events:{thread_id}", f"runs:{thread_id}", "anything")
        hand.type("UPDATE threads SET spectator_key = NULL")
        hear_of(socket, f"runs:{thread_id}")
        assert is_deaf(live, socket, f"events:{thread_id}", f"runs:{thread_id}")


def test_a_removed_member_with_a_spectators_key_goes_on_as_a_spectator(
    url: str, client: TestClient, headers: dict[str, str], ada: UUID, thread_id: UUID
) -> None:
    hand, key = Hand(url), uuid4()
    hand.type("UPDATE threads SET spectator_key = %s", key)
    with client.websocket_connect(f"/live?key={key}", headers=headers) as socket:
        follow(socket, f"rows:{thread_id}", f"visits:{thread_id}")
        wait_for(lambda: list_visits(hand) == [thread_id])
        hand.type("DELETE FROM memberships WHERE user_id = %s", ada)
        wait_for(lambda: list_visits(hand) == [])
        hear_of(socket, f"visits:{thread_id}")


def test_who_is_removed_gets_no_more_rows(
    url: str,
    live: Live,
    audience: Audience,
    web_engine: Engine,
    headers: dict[str, str],
    ada: UUID,
    thread_id: UUID,
) -> None:
    hand, bob = Hand(url), Hand(url).make_user("bob")
    hand.join(thread_id, bob)

    def read(session: Session, thread_id: UUID) -> Tables:
        words = session.scalar(text("SELECT string_agg(data->>'text', ' ') FROM events"))
        return {"words": {"all": {"words": words}}}

    broadcasts = Broadcasts(live, web_engine, [Group(("words",), ("events",), read)])

    async def endpoint(websocket: WebSocket) -> None:
        await serve(websocket, live, audience, broadcasts)

    app = Starlette(routes=[WebSocketRoute("/live", endpoint)])
    with TestClient(app) as client, client.websocket_connect("/live", headers=headers) as socket:
        socket.send_json([f"rows:{thread_id}", "anything"])
        hand.say(thread_id, ada, "before")
        while "before" not in socket.receive_text():
            pass
        with hand.connection.transaction():
            hand.type("DELETE FROM memberships WHERE user_id = %s", ada)
            hand.say(thread_id, bob, "after")
        live.announce("anything")
        heard: list[str] = []
        while not any("anything" in said for said in heard):
            heard.append(socket.receive_text())
        live.announce("anything")
        heard.append(socket.receive_text())
    assert "after" not in str(heard)


def test_who_joins_hears_of_what_they_have_asked_for(
    url: str, live: Live, client: TestClient, headers: dict[str, str], ada: UUID
) -> None:
    hand = Hand(url)
    theirs = hand.make_thread(hand.make_user("bob"))
    with client.websocket_connect("/live", headers=headers) as socket:
        assert set(follow(socket, f"events:{theirs}", "anything")) == {"anything"}
        hand.join(theirs, ada)
        hear_of(socket, f"events:{theirs}")


def test_a_tab_hears_something_even_if_nothing_happens(
    client: TestClient, headers: dict[str, str], thread_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burn_core.room.tab.SILENT_SECONDS", 0.1)
    with client.websocket_connect("/live", headers=headers) as socket:
        follow(socket, f"events:{thread_id}")
        wait_for(lambda: socket.receive_json() == {})


def test_a_right_that_ends_untold_ends_with_time(
    url: str,
    live: Live,
    client: TestClient,
    headers: dict[str, str],
    thread_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("burn_core.room.tab.RIGHTS_SECONDS", 0.0)
    hand = Hand(url)
    with client.websocket_connect("/live", headers=headers) as socket:
        follow(socket, f"rows:{thread_id}", f"runs:{thread_id}", "anything")
        wait_for(lambda: list_visits(hand) == [thread_id])
        with hand.connection.transaction():
            hand.type("SET LOCAL session_replication_role = replica")  # without triggers
            hand.type("DELETE FROM memberships WHERE role = 'owner'")
        live.announce(f"runs:{thread_id}")
        wait_for(lambda: list_visits(hand) == [])
        # It is told once more, so that it draws again without what it lost.
        wait_for(lambda: is_deaf(live, socket, f"runs:{thread_id}"))


def test_a_socket_has_one_visit_however_the_id_is_spelled(
    url: str, client: TestClient, headers: dict[str, str], ada: UUID, thread_id: UUID
) -> None:
    hand, id = Hand(url), str(thread_id)
    second = hand.make_thread(ada)
    places = range(1, len(id))
    spellings = [id.upper(), thread_id.hex, f"{{{id}}}", *(id[:n] + "-" + id[n:] for n in places)]
    with client.websocket_connect("/live", headers=headers) as socket:
        topics = [f"rows:{spelling}" for spelling in (id, *spellings, id, second)]
        follow(socket, *topics)
        follow(socket, *topics, "anything")
        assert list_visits(hand) == [thread_id]
        follow(socket, f"rows:{second}")
        wait_for(lambda: list_visits(hand) == [second])
    wait_for(lambda: list_visits(hand) == [])


def test_a_flood_of_messages_does_not_flood_postgres(
    url: str, client: TestClient, headers: dict[str, str], ada: UUID, thread_id: UUID
) -> None:
    hand = Hand(url)
    hand.type("CREATE TABLE entered (thread_id uuid)")
    hand.type(
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
        " $$ BEGIN INSERT INTO entered VALUES (NEW.thread_id); RETURN NULL; END $$"
    )
    hand.type("CREATE TRIGGER note AFTER INSERT ON visits FOR EACH ROW EXECUTE FUNCTION note()")
    with client.websocket_connect("/live", headers=headers) as socket:
        began = time.monotonic()
        for _ in range(500):
            socket.send_json([f"rows:{thread_id}"])
            socket.send_json([])
        socket.send_json(["anything"])
        wait_for(lambda: hand.value("SELECT count(*) FROM entered") >= 5)
        wait_for(lambda: time.monotonic() > began + 2)
        messages = 20 + 5 * (time.monotonic() - began)
        assert hand.value("SELECT count(*) FROM entered") <= messages / 2 + 1


def test_a_message_that_is_too_long_ends_the_socket(
    client: TestClient, headers: dict[str, str]
) -> None:
    with client.websocket_connect("/live", headers=headers) as socket:
        socket.send_text("x" * 200_000)
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
        assert ended.value.code == 1009


@pytest.mark.parametrize("message", ["[" * 100_000, '{"a": 1}', "[1, null, {}]", '["events:"]'])
def test_what_makes_no_sense_is_ignored(
    client: TestClient, headers: dict[str, str], message: str
) -> None:
    with client.websocket_connect("/live", headers=headers) as socket:
        socket.send_text(message)
        socket.send_bytes(b"\xff")
        assert set(follow(socket, "anything")) == {"anything"}


def list_visits(hand: Hand) -> list[UUID]:
    return [thread_id for (thread_id,) in hand.type("SELECT thread_id FROM visits")]


def is_deaf(live: Live, socket: WebSocketTestSession, *topics: str) -> bool:
    """Whether news of the topics stays untold, while what is everybody's is told. It is announced
    last, and may be told with what was under way before.
    """
    for topic in (*topics, "anything"):
        live.announce(topic)
    return not set(topics) & set(hear_of(socket, "anything"))


def hear_of(socket: WebSocketTestSession, topic: str) -> dict[str, int]:
    """Wait for news of the topic. There may be others before."""

    def listen() -> dict[str, int]:
        told: dict[str, int] = socket.receive_json()
        return told if topic in told else {}

    return wait_for(listen)
