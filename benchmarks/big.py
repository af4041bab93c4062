"""What exploring a big database costs: python -m benchmarks.big.

Makes 1,000,000 events and 200,000 facts (or as many as you ask for) in 1,000 threads with 2,000
people. As in real life, a few threads have most events and a few words are in most texts. Then it
times every statement of the facts and events pages, for somebody who is in all the threads and for
somebody who is in five.

--url uses an empty database of yours and leaves the rows there for you to explore.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

import psycopg
from sqlalchemy import Engine, func, text

from burn_core.bootstrap import prepare
from burn_core.explore import events, fact_charts, facts
from burn_core.explore.events import EVENTS, EventFilter, FoundEvent
from burn_core.explore.facts import CATEGORY, FACTS, SUBJECT, FactFilter, FactSort
from burn_core.explore.search import Place, Statement, run, select_count
from burn_core.facts import FactRecord
from db import embedded
from db.connection import begin, open_engine
from db.instance import get_cookie_key
from db.visitor import Visitor, act_as, open_visitors_engine

Words = Callable[[], str]
_PERSON = "aaaaaaaa-0000-4000-8000-{:012d}"
_THREAD = "00000000-0000-4000-8000-{:012d}"


def _id(form: str, number: int) -> UUID:
    return UUID(form.format(number))


# The ids of the n-th person and thread contain n. power() gives a few of them most of the rows.
_MAKE = """
    SELECT setseed(0.5);
    SET CONSTRAINTS ALL IMMEDIATE;
    ALTER TABLE threads DISABLE TRIGGER USER;
    ALTER TABLE memberships DISABLE TRIGGER USER;
    ALTER TABLE events DISABLE TRIGGER USER;
    ALTER TABLE facts DISABLE TRIGGER USER;
    CREATE TEMP TABLE words AS SELECT n, 'w' || substr(md5(n::text), 1, 3 + n %% 6) AS word
        FROM generate_series(0, 4999) AS n;
    CREATE UNIQUE INDEX ON words (n) INCLUDE (word);
    INSERT INTO users (id, name) SELECT
        ('aaaaaaaa-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'person-' || n
        FROM generate_series(1, 2000) AS n;
    INSERT INTO threads (id, name) SELECT
        ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Untitled thread ' || 1 + n %% 3
        FROM generate_series(1, 1000) AS n;
    INSERT INTO memberships (thread_id, user_id, role) SELECT t.id, u.id,
            CASE u.name WHEN 'person-1' THEN 'owner' ELSE 'member' END
        FROM threads t JOIN users u ON u.name = 'person-1'
            OR (u.name = 'person-2' AND right(t.id::text, 3) IN ('001', '050', '200', '500', '999'))
            OR (u.type = 'human' AND u.name <> 'person-2' AND abs(hashtext(t.id || u.name)) %% 200 = 0);
    INSERT INTO memberships (thread_id, user_id, role) SELECT t.id, u.id,
            CASE u.name WHEN 'sarah' THEN 'producer' ELSE 'comedian' END
        FROM threads t, users u WHERE u.type = 'agent';
    CREATE TEMP TABLE made AS
        SELECT n, 1 + floor(1000 * power(random(), 3))::int AS thread,
            1 + floor(2000 * power(random(), 2))::int AS person,
            random() AS kind, now() - (%(events)s - n) * interval '20 seconds' AS at,
            floor(5000 * power(random(), 3))::int AS w1, floor(5000 * power(random(), 3))::int AS w2,
            floor(5000 * power(random(), 3))::int AS w3
        FROM generate_series(1, %(events)s) AS n;
    INSERT INTO events (thread_id, user_id, type, data, seq, inserted_at, updated_at)
        SELECT ('00000000-0000-4000-8000-' || lpad(thread::text, 12, '0'))::uuid,
            CASE WHEN kind < 0.6 THEN p.id ELSE a.id END,
            CASE WHEN kind < 0.55 THEN 'text' WHEN kind < 0.6 THEN 'system' ELSE 'tool_use' END,
            CASE WHEN kind < 0.55 THEN jsonb_build_object('text', concat_ws(' ', x.word, y.word, z.word))
                WHEN kind < 0.6 THEN '{"action": "joined", "target": "thread"}'
                ELSE jsonb_build_object('id', 'toolu_' || m.n, 'name', a.tool, 'input',
                    jsonb_build_object('subject', p.id, 'said', concat_ws(' ', x.word, y.word)))
            END,
            row_number() OVER (PARTITION BY thread ORDER BY m.n), at, at
        FROM made m
        JOIN users p ON p.id = ('aaaaaaaa-0000-4000-8000-' || lpad(person::text, 12, '0'))::uuid
        JOIN words x ON x.n = w1 JOIN words y ON y.n = w2 JOIN words z ON z.n = w3
        CROSS JOIN LATERAL (SELECT u.id, t.tool FROM users u JOIN (VALUES
                ('sarah', 'ask_user_about_themselves', 0.0, 0.75), ('sarah', 'extract_facts', 0.75, 0.9),
                ('jerry', 'roast_user', 0.9, 0.95), ('frankie', 'roast_user', 0.95, 1.1)
            ) AS t(name, tool, least, most) ON t.name = u.name AND u.type = 'agent'
            WHERE kind >= least AND kind < most) AS a
        ORDER BY m.n;
    UPDATE threads t SET last_seq = e.last FROM
        (SELECT thread_id, max(seq) AS last FROM events GROUP BY 1) e WHERE e.thread_id = t.id;
    INSERT INTO facts (thread_id, subject_id, source_event_id, predicate, object, category,
            confidence, disputed, inserted_at, updated_at)
        SELECT e.thread_id, e.user_id, e.id,
            (ARRAY['likes', 'lives in', 'works as', 'has', 'hates', 'fears', 'collects', 'plays',
                'has never been to', 'is afraid of'])[1 + floor(10 * power(random(), 2))],
            e.data->>'text',
            (ARRAY['hobby', 'food', 'work', 'home', 'pet', 'family', 'travel', 'music', 'fear',
                'other'])[1 + floor(10 * power(random(), 2))],
            (1 + floor(10 * power(random(), 0.5))) / 10, random() < 0.03, e.inserted_at, e.inserted_at
        FROM (SELECT * FROM events WHERE type = 'text' ORDER BY inserted_at DESC LIMIT %(facts)s) e;
    INSERT INTO participants (thread_id, user_id) SELECT thread_id, user_id FROM memberships
        UNION SELECT thread_id, user_id FROM events;
    INSERT INTO sessions (browser_id, user_id) SELECT id, id FROM users WHERE type = 'human';
    ALTER TABLE threads ENABLE TRIGGER USER;
    ALTER TABLE memberships ENABLE TRIGGER USER;
    ALTER TABLE events ENABLE TRIGGER USER;
    ALTER TABLE facts ENABLE TRIGGER USER;
    DROP TABLE made;
"""


# One is in all the threads, the other in five, including the biggest.
VIEWERS = {"all threads": _id(_PERSON, 1), "5 threads": _id(_PERSON, 2)}


def make_big(url: str, event_count: int, fact_count: int) -> None:
    prepare(url)
    with psycopg.ClientCursor(psycopg.connect(url)) as cursor:
        cursor.execute(_MAKE, {"events": event_count, "facts": fact_count})
        cursor.connection.commit()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def list_fact_filters(words: Words) -> list[FactFilter]:
    """Filters on each field, for frequent and rare values, and some on several fields."""
    return [
        FactFilter(),
        FactFilter(thread_ids=(_id(_THREAD, 1),)),
        FactFilter(thread_ids=(_id(_THREAD, 999),)),
        FactFilter(subject_ids=(_id(_PERSON, random.randint(1, 2000)),)),
        FactFilter(categories=("hobby",)),
        FactFilter(categories=("fear", "other")),
        FactFilter(predicates=("is afraid of",)),
        FactFilter(confidence=(Decimal("0.1"), Decimal("0.3"))),
        FactFilter(disputed=(True,)),
        FactFilter(words=words()),
        FactFilter(words=words()[:2]),
        FactFilter(words="nobody"),
        FactFilter(categories=("fear",), disputed=(True,), words=words()),
        FactFilter(subject_ids=(_id(_PERSON, 7),), predicates=("likes",)),
    ]


def list_event_filters(words: Words) -> list[EventFilter]:
    now = datetime.now(UTC)
    return [
        EventFilter(),
        EventFilter(thread_ids=(_id(_THREAD, 1),)),
        EventFilter(thread_ids=(_id(_THREAD, 999),)),
        EventFilter(types=("system",)),
        EventFilter(types=("text", "tool_use")),
        EventFilter(author_ids=(_id(_PERSON, random.randint(1, 2000)),)),
        EventFilter(tools=("extract_facts",)),
        EventFilter(tools=("do_nothing",)),
        EventFilter(since=now - timedelta(days=2)),
        EventFilter(since=now - timedelta(days=100), until=now - timedelta(days=99)),
        EventFilter(words=words()),
        EventFilter(words=words()[:2]),
        EventFilter(words="nobody"),
        EventFilter(types=("text",), author_ids=(_id(_PERSON, 7),), words=words()),
        EventFilter(tools=("roast_user",), words=words()),
    ]


def list_fact_statements(
    viewer: UUID, filter: FactFilter, places: Sequence[FactRecord]
) -> dict[str, list[Statement]]:
    """The statements of the facts page: its rows, their number, its facets and its charts."""

    def select_page(sort: FactSort, after: Place | None = None) -> Statement:
        is_descending = random.random() < 0.5
        return facts.select_facts(
            viewer, filter, sort, is_descending=is_descending, after=after, limit=21
        )

    return {
        "the first rows": [select_page(sort) for sort in FactSort],
        "the rows that follow one": [
            select_page(sort, facts.get_place(random.choice(places), sort)) for sort in FactSort
        ],
        "their number": [select_count(FACTS.select_matching(viewer, filter))],
        "a filter's counts": [FACTS.select_facet(viewer, filter, facet) for facet in FACTS.facets],
        "a chart": [
            fact_charts.select_over_time(viewer, filter, fact_charts.Unit.DAY),
            fact_charts.select_confidence(viewer, filter),
            FACTS.select_values(viewer, filter, SUBJECT),
            FACTS.select_values(viewer, filter, CATEGORY),
        ],
        "the graph": [fact_charts.select_edges(viewer, filter)],
    }


def list_event_statements(
    viewer: UUID, filter: EventFilter, places: Sequence[FoundEvent]
) -> dict[str, list[Statement]]:
    def select_page(after: Place | None = None) -> Statement:
        is_descending = random.random() < 0.5
        return events.select_events(
            viewer, filter, is_descending=is_descending, after=after, limit=101
        )

    place = random.choice(places)
    return {
        "the first rows": [select_page()],
        "the rows that follow one": [select_page(Place(place.inserted_at, place.id))],
        "their number": [select_count(EVENTS.select_matching(viewer, filter))],
        "a filter's counts": [
            EVENTS.select_facet(viewer, filter, facet) for facet in EVENTS.facets
        ],
    }


def measure(engine: Engine, web_engine: Engine, tries: int) -> Iterator[str]:
    """Lines of a table, in milliseconds until the last row of each statement arrived."""
    words = partial(random.choice, _list_words(engine))
    for viewer, user_id in VIEWERS.items():
        theirs = act_as(web_engine, Visitor(user_id))
        for page, ask in (("facts", ask_for_facts), ("events", ask_for_events)):
            times: dict[str, list[float]] = defaultdict(list)
            for statements in ask(engine, user_id, words, tries):
                for part, each in statements.items():
                    times[part] += [_time(theirs, statement) for statement in each]
            for part, ms in times.items():
                yield f"| {page}, {viewer} | {part} | {len(ms)} | {_describe(ms)} |"


def ask_for_facts(
    engine: Engine, viewer: UUID, words: Words, tries: int
) -> Iterator[dict[str, list[Statement]]]:
    with begin(engine) as session:
        places = facts.list_facts(session, _pick(facts.select_facts(viewer, FactFilter())))
    for _ in range(tries):
        for filter in list_fact_filters(words):
            yield list_fact_statements(viewer, filter, places)


def ask_for_events(
    engine: Engine, viewer: UUID, words: Words, tries: int
) -> Iterator[dict[str, list[Statement]]]:
    with begin(engine) as session:
        places = events.list_events(session, _pick(events.select_events(viewer, EventFilter())))
    for _ in range(tries):
        for filter in list_event_filters(words):
            yield list_event_statements(viewer, filter, places)


def _pick(rows: Statement) -> Statement:
    """The rows in random order."""
    return rows.order_by(None).order_by(func.random())


def _time(engine: Engine, statement: Statement) -> float:
    with begin(engine) as session:
        started = time.perf_counter()
        run(session, statement).all()
        return (time.perf_counter() - started) * 1000


def _describe(ms: list[float]) -> str:
    ms = sorted(ms)
    return f"{statistics.median(ms):.0f} | {ms[int(len(ms) * 0.95)]:.0f} | {ms[-1]:.0f}"


def _list_words(engine: Engine) -> list[str]:
    """A random sample of words, in which frequent ones are frequent."""
    query = "SELECT split_part(object, ' ', 1) FROM facts ORDER BY random() LIMIT 200"
    with begin(engine) as session:
        return list(session.scalars(text(query)))


@contextmanager
def _serving(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    with tempfile.TemporaryDirectory() as home, embedded.running(Path(home)) as own:
        yield own


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="an empty database of yours, which keeps the rows")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--facts", type=int, default=200_000)
    parser.add_argument("--tries", type=int, default=10, help="how many times to try each filter")
    options = parser.parse_args()
    with _serving(options.url) as url:
        started = time.monotonic()
        make_big(url, options.events, options.facts)
        print(f"made in {time.monotonic() - started:.0f} s\n", flush=True)
        engine = open_engine(url, pool_size=1)
        print("| page, viewer | statement | number | p50 ms | p95 ms | max ms |")
        print("|---|---|---|---|---|---|")
        with begin(engine) as session:
            web_engine = open_visitors_engine(url, get_cookie_key(session))
        for line in measure(engine, web_engine, options.tries):
            print(line, flush=True)
        engine.dispose()
        web_engine.dispose()


if __name__ == "__main__":
    main()
