"""Facts by the hundred, of which some are in others' threads."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.making import Hand

BEGINNING = datetime(2026, 10, 25, tzinfo=UTC)
CATEGORIES = ("food", "hobby", "Größe", 'it\'s, 5% \\ "so"', "")
PREDICATES = ("likes", "is afraid of", "lives in")
OBJECTS = ("Chess", "cheese", "the chestnut tree", "Ölsardinen", "a cat (called cheddar)")


@dataclass(frozen=True)
class World:
    """Ada is in two threads; the third is Bob's, and facts in it are about her too."""

    ada: UUID
    bob: UUID
    hers: UUID
    shared: UUID
    bobs: UUID


@pytest.fixture
def world(hand: Hand) -> World:
    ada, bob = hand.make_user("ada"), hand.make_user("bob")
    hers, shared = hand.make_thread(ada), hand.make_thread(ada, bob)
    return World(ada, bob, hers, shared, hand.make_thread(bob))


@pytest.fixture
def facts(hand: Hand, world: World) -> None:
    """600 facts, with equal values and equal times among them."""
    chance = random.Random(5)
    rows = [
        (
            chance.choice((world.hers, world.shared, world.bobs)),
            chance.choice((world.ada, world.bob)),
            chance.choice(PREDICATES),
            chance.choice(OBJECTS),
            chance.choice(CATEGORIES),
            chance.choice((0.05, 0.3, 0.5, 0.85, 0.9, 1)),
            chance.random() < 0.2,
            BEGINNING + timedelta(minutes=chance.randrange(200) * 15),
        )
        for _ in range(600)
    ]
    columns = "thread_id, subject_id, predicate, object, category, confidence, disputed"
    with hand.connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO facts ({columns}, inserted_at) VALUES (%s,%s,%s,%s,%s,%s,%s,%s)".encode(),
            rows,
        )
