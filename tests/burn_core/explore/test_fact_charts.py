"""Charts of facts: each is what the same GROUP BY gives."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from burn_core.explore.fact_charts import (
    EDGES,
    Edge,
    Unit,
    find_unit,
    list_confidence,
    list_edges,
    list_over_time,
    select_confidence,
    select_edges,
    select_over_time,
    select_span,
    write_dot,
)
from burn_core.explore.facts import FactFilter
from tests.burn_core.explore.conftest import BEGINNING, World
from tests.making import Hand

VISIBLE = "thread_id IN (SELECT thread_id FROM memberships WHERE user_id = %s)"
FOOD = FactFilter(categories=("food",))
ADA = UUID(int=1)


@pytest.mark.usefixtures("facts")
@pytest.mark.parametrize("zone", ["UTC", "Europe/Lisbon", "Asia/Kathmandu"])
@pytest.mark.parametrize("unit", Unit)
def test_facts_over_time(session: Session, hand: Hand, world: World, unit: Unit, zone: str) -> None:
    typed = hand.type(
        f"SELECT date_trunc('{unit}', inserted_at, '{zone}'), count(*) FROM facts"
        f" WHERE {VISIBLE} AND category = 'food' GROUP BY 1 ORDER BY 1",
        world.ada,
    )
    assert list_over_time(session, select_over_time(world.ada, FOOD, unit, zone)) == typed


@pytest.mark.usefixtures("facts")
def test_facts_by_confidence(session: Session, hand: Hand, world: World) -> None:
    typed = hand.type(
        "SELECT round(confidence, 1)::float, count(*) FROM facts"
        f" WHERE {VISIBLE} AND category = 'food' GROUP BY 1 ORDER BY 1",
        world.ada,
    )
    assert list_confidence(session, select_confidence(world.ada, FOOD)) == typed


@pytest.mark.usefixtures("facts")
def test_the_graph_has_the_newest_facts(session: Session, hand: Hand, world: World) -> None:
    typed = hand.type(
        "SELECT subject_id, name, predicate, object FROM facts JOIN users ON users.id = subject_id"
        f" WHERE {VISIBLE} ORDER BY facts.inserted_at DESC, facts.id DESC LIMIT {EDGES}",
        world.ada,
    )
    edges = list_edges(session, select_edges(world.ada, FactFilter()))
    assert edges == [Edge(*row) for row in typed]


@pytest.mark.usefixtures("facts")
def test_charts_have_nothing_of_others_threads(session: Session) -> None:
    stranger = uuid4()
    everything = FactFilter()
    assert find_unit(session, select_span(stranger, everything)) is None
    assert list_over_time(session, select_over_time(stranger, everything, Unit.DAY)) == []
    assert list_confidence(session, select_confidence(stranger, everything)) == []
    assert list_edges(session, select_edges(stranger, everything)) == []


@pytest.mark.parametrize(
    ("span", "unit"),
    [
        (timedelta(0), Unit.SECOND),
        (timedelta(seconds=100), Unit.SECOND),
        (timedelta(seconds=101), Unit.MINUTE),
        (timedelta(minutes=100), Unit.MINUTE),
        (timedelta(minutes=101), Unit.HOUR),
        (timedelta(days=5), Unit.DAY),
        (timedelta(days=101), Unit.MONTH),
        (timedelta(days=5_000), Unit.YEAR),
    ],
)
def test_bars_are_as_long_as_fits_the_span(
    session: Session, hand: Hand, world: World, span: timedelta, unit: Unit
) -> None:
    for at in (BEGINNING, BEGINNING - span):
        hand.type(
            "INSERT INTO facts (thread_id, subject_id, predicate, object, inserted_at)"
            " VALUES (%s, %s, 'likes', 'chess', %s)",
            world.hers,
            world.ada,
            at,
        )
    assert find_unit(session, select_span(world.ada, FactFilter())) == unit


def test_a_graph_has_people_and_equal_objects_once() -> None:
    edges = [Edge(ADA, "ada", "likes", "chess"), Edge(UUID(int=2), "bob", "hates", "chess")]
    dot = write_dot([*edges, edges[0]])
    assert dot.count("ada") == dot.count('"chess"') == dot.count("person0 -> object0") == 1
    assert "person1 -> object0" in dot


def test_a_graph_says_what_was_typed_and_nothing_else() -> None:
    typed = '"]; x -> y \\N \\" &lt;\n<b>'
    dot = write_dot([Edge(ADA, "ada", typed, "x" * 500)])
    assert r'[label="\"]; x -> y \\N \\\" &amp;lt; <b>"]' in dot
    assert f'"{"x" * 39}…"' in dot
