"""Characters that show nothing, or that disturb the text around them."""

import time
from uuid import UUID

import pytest
from sqlalchemy import Engine

from burn_core.errors import BadName, BadText
from burn_core.room.threads import create_thread, post_text, rename_thread
from burn_core.room.visible import drop_turns, is_blank, tidy
from db.connection import begin

INVISIBLE = [
    "",
    " \t\n\u00a0\u3000",
    "\u200b\u200c\u200d\u2060\ufeff",
    "\u202e\u202d\u2066\u2069\u200e\u200f\u061c",
    "\u3164\u115f\u1160\uffa0\u2800",
    "\u00ad\u034f\u180e\ufe0f",
    "\U000e0041\U000e0042",
]
ORDINARY = [
    "ada's thread",
    "Größe & Maß",
    "Tiếng Việt đẹp lắm",
    "مرحبا يا سارة",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "שָׁלוֹם עֲלֵיכֶם",
    "नमस्ते क्‍ष",
    "ภาษาไทยที่นี่",
    "👩‍👩‍👧‍👦 and ❤️ and 👍🏽 and 🇩🇪",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
]


@pytest.mark.parametrize("text", INVISIBLE)
def test_what_nobody_can_see_is_neither_a_message_nor_a_name(
    engine: Engine, ada: UUID, thread_id: UUID, text: str
) -> None:
    assert is_blank(text)
    with begin(engine) as session:
        with pytest.raises(BadText, match="empty"):
            post_text(session, thread_id, ada, text)
        with pytest.raises(BadName, match="seen"):
            rename_thread(session, thread_id, ada, text)
        if text:
            with pytest.raises(BadName, match="seen"):
                create_thread(session, ada, text)


@pytest.mark.parametrize("text", ORDINARY)
def test_what_people_write_stays_as_it_is(
    engine: Engine, ada: UUID, thread_id: UUID, text: str
) -> None:
    with begin(engine) as session:
        assert post_text(session, thread_id, ada, text).data == {"text": text}
        assert create_thread(session, ada, text).name == text


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Z" + "\u0335" * 80 + "algo", "Z" + "\u0335" * 4 + "algo"),
        ("pay \u202eecila\u202c now", "pay ecila now"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ("\u200d edge \u200c", "edge"),
        ("one\ntwo\r\n\x00\x07three", "one two three"),
        ("hi \U000e0041\U000e0042there", "hi there"),
        ("e\u0301", "\u00e9"),
    ],
)
def test_a_name_is_tidied(typed: str, name: str) -> None:
    assert tidy(typed) == name


@pytest.mark.parametrize("piles", [1, 1000])
def test_a_huge_name_is_tidied_at_once(piles: int) -> None:
    """Marks of two kinds take turns: normalizing sorts each pile of them."""
    size = 1_000_000 // piles // 2
    name = ("a" + "\u0301" * size + "\u0323" * size) * piles
    started = time.process_time()
    assert len(tidy(name)) <= 5 * piles
    assert time.process_time() - started < 5


@pytest.mark.parametrize("typed", ["a" + "\u0301\u0323" * 500_000, "\u200b" * 1_000_000, "a" * 801])
def test_a_huge_name_is_refused_before_it_is_looked_at(
    engine: Engine, ada: UUID, thread_id: UUID, typed: str
) -> None:
    said = f"80 characters, and this one has {len(typed):,}"
    with begin(engine) as session:
        with pytest.raises(BadName, match=said):
            create_thread(session, ada, typed)
        with pytest.raises(BadName, match=said):
            rename_thread(session, thread_id, ada, typed)
        with pytest.raises(BadText, match="the limit is 10,000"):
            post_text(session, thread_id, ada, "\u200b" * 1_000_000)


def test_a_message_is_kept_as_it_was_typed(engine: Engine, ada: UUID, thread_id: UUID) -> None:
    text = "\u202eabc\u202c and Z\u0335\u0321\u0353\u0317\u0335\u0321"
    with begin(engine) as session:
        assert post_text(session, thread_id, ada, text).data == {"text": text}
    assert drop_turns(text).startswith("abc and")


def test_a_long_name_says_its_length(engine: Engine, ada: UUID) -> None:
    with (
        begin(engine) as session,
        pytest.raises(BadName, match="80 characters, and this one has 81"),
    ):
        create_thread(session, ada, "x" * 81)
