"""Events that are looked through: every filter is the same WHERE typed by hand."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from burn_core.explore import search
from burn_core.explore.events import (
    AUTHOR,
    EVENTS,
    THREAD,
    TOOL,
    TYPE,
    EventFilter,
    list_events,
    select_events,
)
from burn_core.explore.search import Place, count_rows, list_values
from tests.making import Hand

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 90
_MAKE = """
    INSERT INTO events (thread_id, user_id, type, data, inserted_at)
    SELECT m.thread_id, m.user_id, kind.type,
        CASE kind.type
            WHEN 'text' THEN jsonb_build_object('text', 'It''s «' || words || '», no ' || n)
            WHEN 'tool_use' THEN jsonb_build_object('id', n::text, 'name', tool, 'input',
                jsonb_build_object('question', words))
            WHEN 'tool_result' THEN jsonb_build_object('tool_use_id', n::text, 'tool_name', tool,
                'content', words, 'is_error', false)
            ELSE jsonb_build_object('action', 'renamed', 'target', 'thread')
        END,
        %s::timestamptz + make_interval(mins => (n * 7 + length(m.user_id::text)) %% %s)
    FROM generate_series(1, 25) n
    CROSS JOIN (SELECT m.*, u.type AS user_type,
        row_number() OVER (ORDER BY m.thread_id, u.name) AS number
        FROM memberships m JOIN users u ON u.id = m.user_id) m
    CROSS JOIN LATERAL (SELECT
        CASE WHEN m.user_type = 'human' THEN (ARRAY['text', 'text', 'system'])[1 + n %% 3]
            ELSE (ARRAY['tool_use', 'tool_use', 'tool_result', 'system'])[1 + (n + m.number) %% 4]
        END AS type) kind
    CROSS JOIN LATERAL (SELECT
        (ARRAY['extract_facts', 'roast_user', 'do_nothing'])[1 + (n * 5 + m.number) %% 3] AS tool,
        (ARRAY['chess', 'Chessboards', 'grüne Äpfel', '100%% wool'])[1 + (n * 3 + m.number) %% 4]
            AS words) words
"""


@dataclass(frozen=True)
class World:
    """Two threads of ada's, one that she isn't in, and the people in them."""

    ada: UUID
    bob: UUID
    threads: tuple[UUID, UUID]
    other: UUID

    @property
    def is_adas(self) -> str:
        return "thread_id IN ('{}', '{}')".format(*self.threads)


@pytest.fixture
def world(hand: Hand) -> World:
    ada, bob = hand.make_user("ada"), hand.make_user("bob")
    first = hand.make_thread(ada, bob, agents=["sarah", "jerry"])
    second = hand.make_thread(bob, ada, agents=["sarah"])
    other = hand.make_thread(bob, agents=["sarah", "frankie"])
    hand.type(_MAKE, START, MINUTES)
    return World(ada, bob, (first, second), other)


@pytest.fixture
def filters(world: World, hand: Hand) -> dict[str, tuple[EventFilter, str]]:
    """Every filter on its own, and the WHERE that somebody would type for it."""
    sarah = hand.value("SELECT id FROM users WHERE name = 'sarah'")
    since, until = START + timedelta(minutes=20), START + timedelta(minutes=70)
    first, second = world.threads
    in_words = (
        "(data->>'text' ~* {0} OR data->'input'->>'question' ~* {0} OR data->>'content' ~* {0})"
    )
    return {
        "thread": (EventFilter(thread_ids=(first,)), f"thread_id = '{first}'"),
        "threads": (
            EventFilter(thread_ids=(first, second, world.other)),
            f"thread_id IN ('{first}', '{second}')",
        ),
        "type": (EventFilter(types=("text",)), "type = 'text'"),
        "types": (EventFilter(types=("text", "system")), "type IN ('text', 'system')"),
        "author": (EventFilter(author_ids=(world.bob,)), f"user_id = '{world.bob}'"),
        "authors": (
            EventFilter(author_ids=(world.ada, sarah)),
            f"user_id IN ('{world.ada}', '{sarah}')",
        ),
        "tool": (
            EventFilter(tools=("roast_user",)),
            "type = 'tool_use' AND data->>'name' = 'roast_user'",
        ),
        "tools": (
            EventFilter(tools=("roast_user", "do_nothing", "juggle")),
            "type = 'tool_use' AND data->>'name' <> 'extract_facts'",
        ),
        "since": (EventFilter(since=since), f"inserted_at >= '{since}'"),
        "until": (EventFilter(until=until), f"inserted_at < '{until}'"),
        "words": (EventFilter(words="CHESS"), in_words.format("'chess'")),
        "more words": (EventFilter(words=" äpfel, grün "), in_words.format("'grüne äpfel'")),
        "odd words": (EventFilter(words="it's «chess"), "data->>'text' ~* 'chess'"),
    }


def list_ids(session: Session, user_id: UUID, filter: EventFilter) -> set[UUID]:
    return {e.id for e in list_events(session, select_events(user_id, filter, limit=1_000))}


@pytest.fixture
def list_by_hand(hand: Hand, world: World) -> Callable[..., set[UUID]]:
    def list_by_hand(*wheres: str) -> set[UUID]:
        rows = hand.type("SELECT id FROM events WHERE " + " AND ".join([world.is_adas, *wheres]))
        return {id for (id,) in rows}

    return list_by_hand


def combine(*filters: EventFilter) -> EventFilter:
    values = {
        name: getattr(filter, name)
        for filter in filters
        for name in (field.name for field in fields(filter))
        if getattr(filter, name)
    }
    return EventFilter(**values)


def test_every_filter_is_the_where_typed_by_hand(
    session: Session,
    world: World,
    filters: dict[str, tuple[EventFilter, str]],
    list_by_hand: Callable[..., set[UUID]],
) -> None:
    everything = list_by_hand()
    assert list_ids(session, world.ada, EventFilter()) == everything
    for name, (filter, where) in filters.items():
        wanted = list_by_hand(where)
        assert set() < wanted < everything or name == "threads", name
        assert list_ids(session, world.ada, filter) == wanted, name
        assert count_rows(session, EVENTS.select_matching(world.ada, filter)).rows == len(wanted), (
            name
        )


def test_filters_together_narrow_together(
    session: Session,
    world: World,
    filters: dict[str, tuple[EventFilter, str]],
    list_by_hand: Callable[..., set[UUID]],
) -> None:
    names = ("thread", "types", "author", "authors", "tools", "since", "until", "words")
    found = 0
    for size in (2, 3, 4):
        for chosen in combinations(names, size):
            if {"author", "authors"} <= set(chosen):
                continue  # two values of one field, which the filter holds as one
            filter = combine(*(filters[name][0] for name in chosen))
            wanted = list_by_hand(*(filters[name][1] for name in chosen))
            assert list_ids(session, world.ada, filter) == wanted, chosen
            found += bool(wanted)
    assert found > 40


def test_what_no_event_has_gives_nothing(session: Session, world: World) -> None:
    for filter in (
        EventFilter(types=("nonsense",)),
        EventFilter(tools=("'; DROP TABLE events; --",)),
        EventFilter(author_ids=(uuid4(),)),
        EventFilter(thread_ids=(uuid4(),)),
        EventFilter(words="\\ ' & | ! :* <-> (zebra\0"),
        EventFilter(words="!!!"),
        EventFilter(since=START + timedelta(days=400)),
        EventFilter(since=START + timedelta(minutes=2), until=START + timedelta(minutes=1)),
    ):
        assert list_ids(session, world.ada, filter) == set(), filter


def test_the_threads_of_others_give_nothing(session: Session, hand: Hand, world: World) -> None:
    theirs = EventFilter(thread_ids=(world.other,))
    assert list_ids(session, world.bob, theirs)
    assert not list_ids(session, world.ada, theirs)
    assert count_rows(session, EVENTS.select_matching(world.ada, theirs)).rows == 0
    frankie = hand.value("SELECT id FROM users WHERE name = 'frankie'")
    assert not list_ids(session, world.ada, EventFilter(author_ids=(frankie,)))
    stranger = hand.make_user("eve")
    assert not list_ids(session, stranger, EventFilter())
    for facet in EVENTS.facets:
        assert list_values(session, EVENTS.select_facet(world.ada, theirs, facet)) == (
            []
            if facet != THREAD
            else list_values(session, EVENTS.select_facet(world.ada, EventFilter(), facet))
        )
        assert list_values(session, EVENTS.select_facet(stranger, EventFilter(), facet)) == []
    authors = list_values(session, EVENTS.select_facet(world.ada, EventFilter(), AUTHOR))
    assert "frankie" not in {author.label for author in authors}


@pytest.mark.parametrize("is_descending", [True, False])
@pytest.mark.parametrize("limit", [1, 7, 50])
def test_pages_give_every_row_once(
    session: Session, hand: Hand, world: World, is_descending: bool, limit: int
) -> None:
    filter = EventFilter(types=("text",), thread_ids=(world.threads[0],))
    seen: list[UUID] = []
    after: Place | None = None
    while page := list_events(
        session,
        select_events(world.ada, filter, is_descending=is_descending, after=after, limit=limit),
    ):
        assert len(page) <= limit
        seen += [event.id for event in page]
        assert len(seen) < 10_000
        after = page[-1].place
    order = "DESC" if is_descending else "ASC"
    wanted = hand.type(
        "SELECT id FROM events WHERE type = 'text' AND thread_id = %s"
        f" ORDER BY inserted_at {order}, id {order}",
        world.threads[0],
    )
    assert seen == [id for (id,) in wanted]
    ties = hand.value(
        "SELECT count(*) - count(DISTINCT inserted_at) FROM events WHERE type = 'text'"
        " AND thread_id = %s",
        world.threads[0],
    )
    assert ties > 0


def test_facets_are_the_group_by_typed_by_hand(
    session: Session,
    hand: Hand,
    world: World,
    filters: dict[str, tuple[EventFilter, str]],
) -> None:
    """A facet is counted under all of the filter but itself."""
    chosen = {
        THREAD: ("thread_id", "thread"),
        TYPE: ("type", "types"),
        AUTHOR: ("user_id", "author"),
        TOOL: ("data->>'name'", "tool"),
    }
    for others in ((), ("words",), ("since", "until"), *combinations(("thread", "types"), 1)):
        for facet, (column, own) in chosen.items():
            filter = combine(filters[own][0], *(filters[name][0] for name in others))
            wheres = [world.is_adas, *(filters[name][1] for name in others if name != own)]
            if facet == TOOL:
                wheres.append("type = 'tool_use'")
            wanted = hand.type(
                f"SELECT {column}, count(*) FROM events WHERE {' AND '.join(wheres)}"
                f" GROUP BY {column}"
            )
            counts = list_values(session, EVENTS.select_facet(world.ada, filter, facet))
            assert {count.value: count.rows for count in counts} == dict(wanted), (facet, others)
            assert [c.rows for c in counts] == sorted((c.rows for c in counts), reverse=True)


def test_labels_say_what_the_values_are(session: Session, hand: Hand, world: World) -> None:
    hand.type("UPDATE threads SET name = 'Caffè, “due”' WHERE id = %s", world.threads[0])
    labels = {
        facet: {
            count.label
            for count in list_values(session, EVENTS.select_facet(world.ada, EventFilter(), facet))
        }
        for facet in EVENTS.facets
    }
    assert labels[THREAD] == {"Caffè, “due”", "Untitled thread"}
    assert labels[AUTHOR] == {"ada", "bob", "sarah", "jerry"}
    assert labels[TYPE] == {"text", "system", "tool_use", "tool_result"}
    assert labels[TOOL] == {"extract_facts", "roast_user", "do_nothing"}


def test_of_many_events_the_newest_are_counted(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "COUNTED", 20)
    everything = EVENTS.select_matching(world.ada, EventFilter())
    assert str(count_rows(session, everything)) == "20+"


def test_an_event_comes_with_its_names(session: Session, hand: Hand, world: World) -> None:
    filter = EventFilter(tools=("roast_user",), thread_ids=(world.threads[0],))
    (event,) = list_events(session, select_events(world.ada, filter, limit=1))
    assert [
        (event.thread, event.seq, event.author, event.author_type, event.data, event.inserted_at)
    ] == hand.type(
        "SELECT t.name, e.seq, u.name, u.type, e.data, e.inserted_at FROM events e"
        " JOIN threads t ON t.id = e.thread_id JOIN users u ON u.id = e.user_id WHERE e.id = %s",
        event.id,
    )
