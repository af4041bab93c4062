"""Somebody in hundreds of threads: what the parts of a page follow."""

import json
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from burn_core.room.access import write_session_topic
from burn_core.room.tab import MOST_TOPICS
from burn_core.users import User
from pages.ui.shared import topics
from tests.making import Hand
from tests.pages.conftest import OpenPage

LIMIT = "Live updates cover the newest"


@pytest.fixture
def thread_ids(hand: Hand, ada: User) -> list[UUID]:
    """600 threads of Ada's, newest first, every other one with something that she hasn't read."""
    rows = hand.type(
        "INSERT INTO threads (name, inserted_at)"
        " SELECT 'Thread ' || n, now() - make_interval(mins => n) FROM generate_series(1, 600) n"
        " RETURNING id"
    )
    hand.type(
        "INSERT INTO memberships (thread_id, user_id, role) SELECT id, %s, 'owner' FROM threads",
        ada.id,
    )
    ids = [id for (id,) in rows]
    for id in ids[::2]:
        hand.say(id, ada.id, "hi")
    hand.type("UPDATE memberships SET last_seen_seq = 0")
    return ids


def list_followed(page: AppTest) -> list[list[str]]:
    """What each part of the page follows."""
    drawn = [element.proto for element in page.get("bidi_component")]
    live = [json.loads(it.json) for it in drawn if it.component_name == "burn_live"]
    rows = [[f"rows:{each['rows_of']}"] for each in live if each["rows_of"]]
    own = [[f"own:{each['own_of']}"] for each in live if each["own_of"]]
    return rows + own + [each["topics"] for each in live]


def merge(followed: list[list[str]]) -> list[str]:
    """What the tab asks for: the parts with the fewest topics first, as in live.js."""
    return list(dict.fromkeys(topic for each in sorted(followed, key=len) for topic in each))


@pytest.mark.parametrize(
    ("script", "query"),
    [("", {"thread": ""}), ("facts.py", {}), ("events.py", {}), ("events.py", {"order": "oldest"})],
)
def test_in_600_threads_nothing_that_a_page_follows_is_dropped(
    open_page: OpenPage,
    ada: User,
    browser_id: UUID,
    thread_ids: list[UUID],
    script: str,
    query: dict[str, str],
) -> None:
    page = open_page(
        script, **{name: value or str(thread_ids[-1]) for name, value in query.items()}
    )
    asked = merge(list_followed(page))
    assert len(asked) <= MOST_TOPICS
    assert write_session_topic(browser_id) in asked[:5]
    assert f"own:{ada.id}" in asked[:5]
    if query.get("thread") is not None:
        assert asked[0] == f"rows:{thread_ids[-1]}"
    if script:
        assert {f"{script.removesuffix('.py')}:{id}" for id in thread_ids} <= set(asked)
    assert not any(LIMIT in caption.value for caption in [*page.caption, *page.sidebar.caption])


def test_beyond_the_limit_a_page_says_so_and_keeps_the_newest(
    open_page: OpenPage, ada: User, thread_ids: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "MOST_THREADS", 100)
    page = open_page("events.py")
    asked = merge(list_followed(page))
    assert {f"events:{id}" for id in thread_ids[:100]} <= set(asked)
    assert f"threads:{thread_ids[100]}" not in asked
    assert f"users:{ada.id}" in asked
    assert any(f"{LIMIT} 100 threads" in caption.value for caption in page.main.caption)
    assert any(f"{LIMIT} 100 threads" in caption.value for caption in page.sidebar.caption)
    page = open_page("events.py", thread=str(thread_ids[-1]))
    assert f"events:{thread_ids[-1]}" in merge(list_followed(page))
    assert not any(LIMIT in caption.value for caption in page.main.caption)
