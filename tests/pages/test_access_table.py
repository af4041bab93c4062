"""Who can read and do what: each way in, for everybody that there can be. See docs/security.md."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from burn_core.errors import UserError
from burn_core.explore.facts import FactFilter, select_facts
from burn_core.room.cookies import Cookies
from burn_core.room.memberships import (
    add_agent,
    join_thread,
    leave_thread,
    let_in,
    remove_member,
    tap_out,
)
from burn_core.room.tab import serve
from burn_core.room.threads import (
    close_thread,
    post_text,
    rename_thread,
    renew_invitation,
    reopen_thread,
    share_thread,
    unshare_thread,
)
from db.connection import begin
from db.errors import Refused
from db.visitor import act_as
from pages.ui.shared import resources
from pages.ui.shared.download import write_file, write_rows
from pages.ui.thread.export import write_export
from pages.ui.thread.tables import GROUPS, get_broadcasts
from tests.access import INSIDE, WHO, Scene, make_scene
from tests.pages.conftest import OpenPage

MEMBERS = {"owner", "member"}
Ids = dict[str, UUID]
# Each action: (session, the ids, who tries), and who succeeds.
ACTIONS: dict[str, tuple[Callable[[Session, Ids, UUID], object], set[str]]] = {
    "post": (lambda s, ids, me: post_text(s, ids["thread"], me, "hi"), MEMBERS),
    "rename": (lambda s, ids, me: rename_thread(s, ids["thread"], me, "mine"), MEMBERS),
    "tap out": (lambda s, ids, me: tap_out(s, ids["thread"], me), MEMBERS),
    "leave": (lambda s, ids, me: leave_thread(s, ids["thread"], me), MEMBERS),
    "close": (lambda s, ids, me: close_thread(s, ids["thread"], me), {"owner"}),
    "reopen": (lambda s, ids, me: reopen_thread(s, ids["thread"], me), {"owner"}),
    "share": (lambda s, ids, me: share_thread(s, ids["thread"], me), {"owner"}),
    "unshare": (lambda s, ids, me: unshare_thread(s, ids["thread"], me), {"owner"}),
    "renew": (lambda s, ids, me: renew_invitation(s, ids["thread"], me), {"owner"}),
    "remove": (lambda s, ids, me: remove_member(s, ids["thread"], me, ids["sarah"]), {"owner"}),
    "add": (lambda s, ids, me: add_agent(s, ids["thread"], me, ids["jerry"]), {"owner"}),
    "let in": (lambda s, ids, me: let_in(s, ids["thread"], me, ids["rob"]), {"owner"}),
    "join": (lambda s, ids, me: join_thread(s, ids["thread"], me, ids["other"]), set()),
}


@pytest.fixture
def scene(url: str, cookie_key: str) -> Scene:
    return make_scene(url, cookie_key)


@pytest.fixture
def client() -> TestClient:
    async def live(websocket: WebSocket) -> None:
        live, audience = resources.get_live(), resources.get_audience()
        await serve(websocket, live, audience, get_broadcasts())

    routes = [WebSocketRoute("/live", live), Route("/sync/{table}", resources.get_sync().serve)]
    return TestClient(Starlette(routes=routes))


def make_headers(scene: Scene, who: str, cookie_key: str) -> dict[str, str]:
    browser_id = scene.visitors[who].browser_id
    cookie = Cookies(cookie_key).make_cookie(browser_id) if browser_id else ""
    return {"origin": "http://testserver", "cookie": f"burn_browser={cookie}"}


@pytest.mark.parametrize("who", WHO)
def test_who_sees_a_thread_on_pages(
    scene: Scene, who: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, thread_id = scene.visitors[who], str(scene.ids["thread"])
    monkeypatch.setattr(Cookies, "read_cookie", lambda *_: visitor.browser_id)
    key = {"key": str(visitor.key)} if visitor.key else {}
    shown = {
        script: _is_shown(open_page(script, **query))
        for script, query in {
            "": {"thread": thread_id},
            "watch.py": key | {"thread": thread_id},
            "projector.py": {"thread": thread_id},
            "facts.py": {"thread": thread_id},
            "events.py": {"thread": thread_id},
        }.items()
    }
    as_member = dict.fromkeys(["", "projector.py", "facts.py", "events.py"], who in MEMBERS)
    assert shown == as_member | {"watch.py": who == "spectator"}


def _is_shown(page: Any) -> bool:
    components = [element.proto.json for element in page.get("bidi_component")]
    frames = [element.value.to_string() for element in page.dataframe]
    return any("said inside" in it or "known inside" in it for it in [*components, *frames])


@pytest.mark.parametrize("who", WHO)
@pytest.mark.usefixtures("impatient_sockets")
def test_who_hears_of_a_thread(scene: Scene, who: str, client: TestClient, cookie_key: str) -> None:
    visitor, thread_id = scene.visitors[who], scene.ids["thread"]
    query = f"?key={visitor.key}" if visitor.key else ""
    headers = make_headers(scene, who, cookie_key)
    topics = {f"{table}:{thread_id}" for table in ("events", "facts", "memberships", "threads")}
    with client.websocket_connect(f"/live{query}", headers=headers) as socket:
        socket.send_json([*topics, "anything"])
        heard = set(socket.receive_json())
    assert heard == {"anything"} | (topics if who in INSIDE else set())


@pytest.mark.parametrize("who", WHO)
@pytest.mark.usefixtures("impatient_sockets")
def test_whose_tab_gets_a_threads_rows(
    scene: Scene, who: str, client: TestClient, cookie_key: str
) -> None:
    visitor, thread_id = scene.visitors[who], scene.ids["thread"]
    query = f"?key={visitor.key}" if visitor.key else ""
    headers = make_headers(scene, who, cookie_key)
    with client.websocket_connect(f"/live{query}", headers=headers) as socket:
        socket.send_json({"topics": [f"rows:{thread_id}", "anything"], "have": {}})
        heard = [socket.receive_text()]  # the topics that it may follow
        if who in INSIDE:
            while not any("known inside" in text for text in heard) or len(heard) < 1 + len(GROUPS):
                heard.append(socket.receive_text())
        else:
            resources.get_live().announce("anything")
            heard.append(socket.receive_text())
    frames = [text for text in heard if "tables" in json.loads(text)]
    assert bool(frames) == (who in INSIDE)
    assert ("said inside" in str(frames)) == (who in INSIDE)
    assert "said elsewhere" not in str(frames)


@pytest.mark.parametrize("who", WHO)
def test_who_can_follow_the_rows(
    scene: Scene, who: str, client: TestClient, cookie_key: str
) -> None:
    visitor = scene.visitors[who]
    headers = make_headers(scene, who, cookie_key)
    query = {"thread": str(scene.ids["thread"]), "live": "false"}
    if visitor.key:
        query["key"] = str(visitor.key)
    for table, word in (("events", "said inside"), ("facts", "known inside")):
        answer = client.get(f"/sync/{table}", params=query, headers=headers)
        assert (word in answer.text) == (who in INSIDE), answer.text
        assert "said elsewhere" not in answer.text
        assert answer.status_code in ((200,) if who in INSIDE else (401, 404))


@pytest.mark.parametrize("who", WHO)
def test_who_can_download(scene: Scene, who: str) -> None:
    browser_id, thread_id = scene.visitors[who].browser_id, scene.ids["thread"]
    got = set()
    if browser_id is not None:
        try:
            me = scene.mes[who]
            write = partial(write_export, thread_id, me)
            assert b"said inside" in write_file(write, me, browser_id)
            got.add("thread")
        except UserError:
            pass
        try:
            facts = select_facts(scene.mes[who], FactFilter())
            write = partial(write_rows, "CSV", facts)
            if b"known inside" in write_file(write, scene.mes[who], browser_id):
                got.add("facts")
        except UserError:
            pass
    assert got == ({"thread", "facts"} if who in MEMBERS else set())


@pytest.mark.parametrize("who", WHO)
def test_who_reads_it_in_the_console(scene: Scene, who: str) -> None:
    found = []
    try:
        result = resources.get_console().run(
            scene.visitors[who].browser_id, "SELECT data->>'text' FROM events WHERE type = 'text'"
        )
        found = sorted(str(text) for (text,) in result.rows)
    except UserError:
        pass
    seen = {
        "owner": ["said inside"],
        "member": ["said inside"],
        "stranger": ["said elsewhere"],
        "host": ["said elsewhere", "said inside"],
    }
    assert found == seen.get(who, [])


@pytest.mark.parametrize("who", WHO)
def test_who_can_do_what(scene: Scene, who: str) -> None:
    engine = act_as(resources.get_web_engine(), scene.visitors[who])
    # Somebody who isn't signed in says that they are ada.
    me = scene.mes.get(who, scene.ids["ada"])
    done = set()
    for name, (act, _) in ACTIONS.items():
        try:
            with begin(engine) as session:
                act(session, scene.ids, me)
                done.add(name)
                session.rollback()
        except (UserError, Refused):
            pass
    assert done == {name for name, (_, allowed) in ACTIONS.items() if who in allowed}


@pytest.mark.parametrize("who", WHO)
def test_who_comes_in_with_an_invitation(scene: Scene, who: str, hand: Any) -> None:
    thread_id = scene.ids["thread"]
    key = hand.value("SELECT invitation_key FROM threads WHERE id = %s", thread_id)
    visitor = scene.visitors[who]
    engine = act_as(resources.get_web_engine(), type(visitor)(visitor.browser_id, key))
    me = scene.mes.get(who, scene.ids["hal"])
    try:
        with begin(engine) as session:
            join_thread(session, thread_id, me, key)
    except (UserError, Refused):
        pass
    members = {
        user_id
        for (user_id,) in hand.type(
            "SELECT user_id FROM memberships WHERE thread_id = %s", thread_id
        )
    }
    was_in = {"owner", "member", "agent", "signed out"}  # who is signed out says that they are ada
    assert (me in members) == (who in was_in | {"stranger", "host"})
