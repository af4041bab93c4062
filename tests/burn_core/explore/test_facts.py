"""Looking through facts: every filter is what the same WHERE gives, typed by hand."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from burn_core.explore import search
from burn_core.explore.facts import (
    CATEGORY,
    DISPUTED,
    FACTS,
    PREDICATE,
    SUBJECT,
    THREAD,
    FactFilter,
    FactSort,
    get_place,
    list_facts,
    select_facts,
)
from burn_core.explore.search import Facet, Place, count_rows, list_values
from burn_core.explore.sql_text import write_sql
from burn_core.facts import FactRecord
from tests.burn_core.explore.conftest import CATEGORIES, World
from tests.making import Hand

VISIBLE = "thread_id IN (SELECT thread_id FROM memberships WHERE user_id = %s)"
# A word that begins so, whatever stands before it.
BEGINS = r"predicate || ' ' || object ~* %s"

# A filter, and the WHERE that says the same; {…} are the values of a World.
CASES: list[tuple[dict[str, Any], str, list[Any]]] = [
    ({}, "true", []),
    ({"thread_ids": ("hers",)}, "thread_id = %s", ["hers"]),
    ({"thread_ids": ("hers", "shared")}, "thread_id IN (%s, %s)", ["hers", "shared"]),
    ({"thread_ids": ("bobs",)}, "false", []),
    ({"subject_ids": ("bob",)}, "subject_id = %s", ["bob"]),
    ({"subject_ids": ("ada", "bob")}, "subject_id IN (%s, %s)", ["ada", "bob"]),
    ({"categories": ("food",)}, "category = 'food'", []),
    ({"categories": CATEGORIES[2:]}, "category NOT IN ('food', 'hobby')", []),
    ({"categories": ("nothing like that",)}, "false", []),
    ({"predicates": ("likes", "lives in")}, "predicate <> 'is afraid of'", []),
    ({"confidence": (Decimal("0.5"), Decimal("0.85"))}, "confidence IN (0.5, 0.85)", []),
    ({"confidence": (Decimal(0), Decimal("0.1"))}, "confidence <= 0.1", []),
    ({"confidence": (Decimal("0.9"), Decimal("0.2"))}, "false", []),
    ({"disputed": (True,)}, "disputed", []),
    ({"disputed": (False,)}, "NOT disputed", []),
    ({"disputed": (True, False)}, "true", []),
    ({"words": "che"}, BEGINS, [r"\mche"]),
    ({"words": " CHEES  lik "}, f"{BEGINS} AND {BEGINS}", [r"\mchees", r"\mlik"]),
    ({"words": "ölsard"}, "object = 'Ölsardinen'", []),
    ({"words": "(called"}, "object LIKE '%%cheddar)'", []),
    ({"words": "eese"}, "false", []),
    ({"words": "'&|!:*<-> \\ chess"}, BEGINS, [r"\mchess"]),
    ({"words": "x" * 5_000}, "false", []),
    ({"words": "?!"}, "false", []),
    ({"words": "  "}, "true", []),
    (
        {
            "thread_ids": ("shared",),
            "subject_ids": ("ada",),
            "categories": CATEGORIES[:4],
            "predicates": ("likes",),
            "confidence": (Decimal("0.3"), Decimal("0.9")),
            "disputed": (False,),
            "words": "ch",
        },
        "thread_id = %s AND subject_id = %s AND category <> '' AND predicate = 'likes'"
        f" AND confidence BETWEEN 0.3 AND 0.9 AND NOT disputed AND {BEGINS}",
        ["shared", "ada", r"\mch"],
    ),
]


def fill(value: Any, world: World) -> Any:
    """The value with the names of a World's ids replaced by them."""
    if isinstance(value, tuple):
        return tuple(fill(each, world) for each in value)
    return getattr(world, value, value) if isinstance(value, str) else value


def make_filter(fields: dict[str, Any], world: World) -> FactFilter:
    return FactFilter(**{name: fill(value, world) for name, value in fields.items()})


def page_through(
    session: Session,
    user_id: UUID,
    sort: FactSort = FactSort.TIME,
    *,
    is_descending: bool = True,
    limit: int = 37,
) -> list[FactRecord]:
    found: list[FactRecord] = []
    after: Place | None = None
    while len(found) < 10_000:
        page = list_facts(
            session,
            select_facts(
                user_id, FactFilter(), sort, is_descending=is_descending, after=after, limit=limit
            ),
        )
        found += page
        if len(page) < limit:
            return found
        after = get_place(page[-1], sort)
    raise AssertionError("pages without an end")


@pytest.mark.usefixtures("facts")
@pytest.mark.parametrize(("fields", "where", "values"), CASES, ids=lambda it: str(it)[:40])
def test_a_filter_gives_what_its_where_gives(
    session: Session,
    hand: Hand,
    world: World,
    fields: dict[str, Any],
    where: str,
    values: list[Any],
) -> None:
    filter = make_filter(fields, world)
    typed = hand.type(
        f"SELECT id FROM facts WHERE {VISIBLE} AND ({where})",
        world.ada,
        *[fill(value, world) for value in values],
    )
    expected = {id for (id,) in typed}
    page = select_facts(world.ada, filter, limit=1_000)
    assert {fact.id for fact in list_facts(session, page)} == expected
    shown_as_sql = hand.connection.execute(write_sql(page).encode()).fetchall()
    assert {row[0] for row in shown_as_sql} == expected
    assert count_rows(session, FACTS.select_matching(world.ada, filter)).rows == len(expected)
    assert bool(expected) == (where != "false")


@pytest.mark.usefixtures("facts")
@pytest.mark.parametrize("is_descending", [True, False])
@pytest.mark.parametrize("sort", FactSort)
def test_pages_have_every_fact_once_and_in_order(
    session: Session, hand: Hand, world: World, sort: FactSort, is_descending: bool
) -> None:
    keys = {FactSort.TIME: "f.inserted_at", FactSort.SUBJECT: "u.name", FactSort.THREAD: "t.name"}
    order = "DESC" if is_descending else "ASC"
    typed = hand.type(
        "SELECT f.id FROM facts f JOIN users u ON u.id = f.subject_id"
        f" JOIN threads t ON t.id = f.thread_id WHERE {VISIBLE}"
        f" ORDER BY {keys.get(sort, f'f.{sort}')} {order}, f.id {order}",
        world.ada,
    )
    found = page_through(session, world.ada, sort, is_descending=is_descending)
    assert [fact.id for fact in found] == [id for (id,) in typed]


@pytest.mark.usefixtures("facts")
@pytest.mark.parametrize(
    ("facet", "column", "own"),
    [
        (THREAD, "thread_id", {"thread_ids": ("hers",)}),
        (SUBJECT, "subject_id", {"subject_ids": ("bob",)}),
        (CATEGORY, "category", {"categories": ("food",)}),
        (PREDICATE, "predicate", {"predicates": ("likes",)}),
        (DISPUTED, "disputed", {"disputed": (True,)}),
    ],
)
def test_facets_count_what_one_would_find_and_values_what_one_found(
    session: Session,
    hand: Hand,
    world: World,
    facet: Facet,
    column: str,
    own: dict[str, Any],
) -> None:
    others = {"words": "ch", "confidence": (Decimal("0.3"), Decimal(1))}
    filter = make_filter(own | others, world)
    grouped = dict(
        hand.type(
            f"SELECT {column}, count(*) FROM facts WHERE {VISIBLE} AND confidence >= 0.3"
            f" AND {BEGINS} GROUP BY 1",
            world.ada,
            r"\mch",
        )
    )
    counts = list_values(session, FACTS.select_facet(world.ada, filter, facet))
    assert {count.value: count.rows for count in counts} == grouped
    assert [count.rows for count in counts] == sorted(grouped.values(), reverse=True)
    (chosen,) = list_values(session, FACTS.select_values(world.ada, filter, facet))
    assert chosen.rows == grouped[chosen.value] < sum(grouped.values())


@pytest.mark.usefixtures("facts")
def test_facets_name_threads_and_people(session: Session, world: World) -> None:
    names = list_values(session, FACTS.select_facet(world.ada, FactFilter(), SUBJECT))
    assert {(name.value, name.label) for name in names} == {(world.ada, "ada"), (world.bob, "bob")}


@pytest.mark.usefixtures("facts")
def test_nobody_sees_the_facts_of_others_threads(session: Session, world: World) -> None:
    stranger = uuid4()
    for user_id in (world.ada, stranger):
        found = list_facts(session, select_facts(user_id, FactFilter(), limit=1_000))
        assert world.bobs not in {fact.thread_id for fact in found}
        counts = list_values(session, FACTS.select_facet(user_id, FactFilter(), THREAD))
        assert world.bobs not in {count.value for count in counts}
    assert not list_facts(session, select_facts(stranger, FactFilter()))
    assert count_rows(session, FACTS.select_matching(stranger, FactFilter())).rows == 0


@pytest.mark.usefixtures("facts")
def test_of_many_facts_the_newest_are_counted(
    session: Session, hand: Hand, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "COUNTED", 50)
    count = count_rows(session, FACTS.select_matching(world.ada, FactFilter()))
    assert (count.rows, str(count)) == (51, "50+")
    newest = hand.type(
        f"SELECT category, count(*) FROM (SELECT category FROM facts WHERE {VISIBLE}"
        " ORDER BY inserted_at DESC, id DESC LIMIT 50) newest GROUP BY 1",
        world.ada,
    )
    counts = list_values(session, FACTS.select_facet(world.ada, FactFilter(), CATEGORY))
    assert {each.value: each.rows for each in counts} == dict(newest)
