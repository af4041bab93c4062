"""Who may follow which topic, and whose tab is a visit."""

from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Engine
from starlette.requests import HTTPConnection

from burn_core.room.access import (
    ANYTHING,
    Audience,
    Place,
    read_key,
    split_topic,
    write_session_topic,
)
from burn_core.room.cookies import Cookies
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import create_thread, share_thread
from burn_core.room.visits import list_present
from db.connection import begin, open_connection
from db.locks import LOCKLESS
from db.roles import Part, derive_role, write_libpq_url
from tests.making import Hand

ODD_SPELLINGS = ["{upper}", "{hex}", "{{{0}}}", "urn:uuid:{0}", " {0}", "{0}-", "-{0}"]


@pytest.fixture
def ada(engine: Engine) -> tuple[UUID, UUID, UUID]:
    """Her browser, herself and her thread."""
    browser_id = uuid4()
    with begin(engine) as session:
        user = sign_in(session, browser_id, "ada")
        return browser_id, user.id, create_thread(session, user.id).id


def make_tab(cookie: str = "", query: str = "") -> HTTPConnection:
    headers = [(b"cookie", f"burn_browser={cookie}".encode())]
    return HTTPConnection({"type": "http", "headers": headers, "query_string": query.encode()})


def list_allowed(audience: Audience, tab: HTTPConnection, *topics: str) -> list[str]:
    return list(filter(audience.find_rights(tab).can_follow, topics))


def test_a_member_hears_of_themselves_and_their_thread(
    audience: Audience, cookies: Cookies, ada: tuple[UUID, UUID, UUID]
) -> None:
    browser_id, user_id, thread_id = ada
    tab = make_tab(cookies.make_cookie(browser_id))
    for topic in (
        f"users:{user_id}",
        f"own:{user_id}",
        write_session_topic(browser_id),
        f"events:{thread_id}",
        ANYTHING,
    ):
        assert list_allowed(audience, tab, topic) == [topic]
    for topic in (
        f"users:{uuid4()}",
        f"own:{uuid4()}",
        write_session_topic(uuid4()),
        f"events:{uuid4()}",
        "events:x",
        "",
    ):
        assert list_allowed(audience, tab, topic) == []


def test_strangers_hear_of_nothing(
    audience: Audience, engine: Engine, cookies: Cookies, ada: tuple[UUID, UUID, UUID]
) -> None:
    bobs_browser = uuid4()
    with begin(engine) as session:
        sign_in(session, bobs_browser, "bob")
    for tab in (make_tab(), make_tab("forged"), make_tab(cookies.make_cookie(bobs_browser))):
        assert list_allowed(audience, tab, f"events:{ada[2]}") == []
        assert audience.find_rights(tab).find_visited([f"rows:{ada[2]}"]) is None


def test_a_spectator_hears_of_the_thread_that_the_key_opens(
    audience: Audience, engine: Engine, ada: tuple[UUID, UUID, UUID]
) -> None:
    with begin(engine) as session:
        key = share_thread(session, ada[2], ada[1])
        other = create_thread(session, ada[1]).id
    tab = make_tab(query=f"key={key}")
    assert list_allowed(audience, tab, f"events:{other}", f"events:{ada[2]}") == [
        f"events:{ada[2]}"
    ]
    assert audience.find_rights(tab).find_visited([f"rows:{ada[2]}"]) is None
    assert list_allowed(audience, make_tab(query="key=nonsense"), f"events:{ada[2]}") == []


def test_a_members_tab_that_follows_the_visits_is_one(
    audience: Audience, engine: Engine, cookies: Cookies, ada: tuple[UUID, UUID, UUID]
) -> None:
    browser_id, user_id, thread_id = ada
    tab = make_tab(cookies.make_cookie(browser_id))
    rights = audience.find_rights(tab)
    assert rights.find_visited([f"events:{thread_id}"]) is None
    place = rights.find_visited([f"rows:{uuid4()}", f"rows:{thread_id}"])
    assert place == Place(thread_id, user_id, browser_id)
    visit_id = audience.enter(place)
    assert visit_id is not None
    with begin(engine) as session:
        assert list_present(session, thread_id) == {user_id}
    audience.leave(visit_id)
    audience.leave(visit_id)
    with begin(engine) as session:
        assert list_present(session, thread_id) == set()


def test_nobody_enters_a_thread_that_they_were_just_taken_out_of(
    audience: Audience, url: str, ada: tuple[UUID, UUID, UUID]
) -> None:
    Hand(url).type("DELETE FROM memberships WHERE user_id = %s", ada[1])
    assert audience.enter(Place(ada[2], ada[1], ada[0])) is None


def test_rights_name_the_topics_that_tell_when_they_change(
    audience: Audience, engine: Engine, cookies: Cookies, ada: tuple[UUID, UUID, UUID]
) -> None:
    browser_id, user_id, thread_id = ada
    with begin(engine) as session:
        key = share_thread(session, thread_id, user_id)
    assert audience.find_rights(make_tab(query=f"key={key}")).topics == {
        ANYTHING,
        f"threads:{thread_id}",
    }
    assert audience.find_rights(make_tab(cookies.make_cookie(browser_id))).topics == {
        ANYTHING,
        write_session_topic(browser_id),
        f"users:{user_id}",
    }


@pytest.mark.parametrize("form", ODD_SPELLINGS)
def test_an_id_has_one_spelling(form: str) -> None:
    id = uuid4()
    odd = form.format(id, upper=str(id).upper(), hex=id.hex)
    assert read_key(str(id)) == id
    assert read_key(odd) is None
    assert split_topic(f"rows:{odd}") == ("rows", None)


def test_who_listens_hears_of_a_sign_in_and_not_which_browsers(url: str, cookie_key: str) -> None:
    hand = Hand(url)
    notebook_url = write_libpq_url(url, derive_role(cookie_key, Part.NOTEBOOK))
    with psycopg.connect(notebook_url, autocommit=True) as program:
        program.execute("LISTEN burn_changes")
        browser_id = hand.sign_in(hand.make_user("bob"))
        hand.type("UPDATE sessions SET signed_out_at = now()")
        hand.type("DELETE FROM sessions")
        heard = [it.payload for it in program.notifies(timeout=10, stop_after=6)]
    assert heard.count(write_session_topic(browser_id)) == 3
    assert str(browser_id) not in "".join(heard)


def test_the_visits_of_a_web_process_that_died_are_deleted(
    audience: Audience, url: str, ada: tuple[UUID, UUID, UUID]
) -> None:
    hand = Hand(url)
    for web in ("web", "alive", "dead"):
        hand.type(
            "INSERT INTO visits (thread_id, user_id, web) VALUES (%s, %s, %s)", ada[2], ada[1], web
        )
    with open_connection(url) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('alive', 0))")
        audience.tend()
        assert (
            hand.value("SELECT count(*) FROM visits") == 3
        )  # its connection may just have been cut
        audience.tend()
    assert hand.type("SELECT web FROM visits ORDER BY web") == [("alive",), ("web",)]


def test_behind_a_pooler_visits_count_for_a_minute_after_their_last_renewal(
    door_engine: Engine,
    web_engine: Engine,
    cookies: Cookies,
    url: str,
    ada: tuple[UUID, UUID, UUID],
) -> None:
    hand = Hand(url)
    webs = [f"{LOCKLESS}{name}" for name in ("alive", "dead", "ours")]
    hand.type("ALTER TABLE visits DISABLE TRIGGER touch")
    for web, seconds in zip(webs, (50, 70, 30), strict=True):
        hand.type(
            "INSERT INTO visits (thread_id, user_id, web, updated_at)"
            " VALUES (%s, %s, %s, now() - make_interval(secs => %s))",
            *(ada[2], ada[1], web, seconds),
        )
    hand.type("ALTER TABLE visits ENABLE TRIGGER touch")
    audience = Audience(web_engine, door_engine, cookies, webs[2])
    audience.tend()
    audience.tend()
    renewed = "SELECT web, updated_at > now() - interval '20 s' FROM visits ORDER BY web"
    assert hand.type(renewed) == [(webs[0], False), (webs[2], True)]
