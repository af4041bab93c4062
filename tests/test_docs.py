"""The documents say what is so: their files, names and queries are there, and give rows."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from burn_core.room.threads import create_thread
from db.connection import begin, open_engine
from tests.end_to_end.processes import running_worker
from tests.making import Hand, wait_for

ROOT = Path(__file__).parent.parent
ONE_EVENT = (ROOT / "docs" / "one-event.md").read_text()
# A step's heading, with its file, and its text up to the next heading.
STEPS = re.findall(r"^## \d\. .*?\[(.+?)\]\(.+?\)\n(.*?)(?=^## )", ONE_EVENT, re.M | re.S)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_loop_is_six_files_of_under_800_lines() -> None:
    assert len(STEPS) == 6
    assert sum(len((ROOT / file).read_text().splitlines()) for file, _ in STEPS) < 800


@pytest.mark.parametrize(("file", "text"), STEPS, ids=[file for file, _ in STEPS])
def test_what_to_look_for_in_a_file_is_in_it(file: str, text: str) -> None:
    source = (ROOT / file).read_text()
    pointers = [line for line in text.splitlines() if line.startswith("- ")]
    names = [name for line in pointers for name in re.findall(r"`(.+?)`", line)]
    assert names
    assert [name for name in names if name not in source] == []


def test_each_query_of_the_story_gives_its_rows(url: str) -> None:
    insert, *queries = re.findall(r"```sql\n(.*?)```", ONE_EVENT, re.S)
    hand = Hand(url)
    ada = hand.make_user("ada")
    engine = open_engine(url)
    with begin(engine) as session:
        thread_id = create_thread(session, ada).id
    engine.dispose()
    with running_worker(url):
        wait_for(lambda: hand.list_tool_uses(thread_id))
        hand.type(insert.replace("%", "%%"))
        wait_for(lambda: ("jerry", "roast_user") in hand.list_tool_uses(thread_id))
        wait_for(lambda: hand.value("SELECT bool_and(due_since IS NULL) FROM memberships"))
    assert all(hand.type(query.replace("%", "%%")) for query in queries)
    reasons = {(name, reason) for name, _, _, _, reason, _ in hand.type(queries[2])}
    assert {
        ("sarah", "a person spoke last"),
        ("sarah", "an agent spoke last"),
        ("jerry", "nobody is known well enough"),
        ("jerry", "somebody is known well enough"),
        ("jerry", "the last roast was theirs"),
        ("frankie", "nobody has been roasted yet"),
        ("frankie", "nobody is known well enough"),
    } <= reasons


def _list_links() -> Iterator[tuple[Path, str]]:
    for document in DOCUMENTS:
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
            yield document, link


def test_each_link_leads_to_a_file() -> None:
    missing = [
        f"{document.name}: {link}"
        for document, link in _list_links()
        if not (document.parent / link).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("document", ["invariants.md", "security.md"])
def test_each_test_that_is_named_exists(document: str) -> None:
    text = (ROOT / "docs" / document).read_text()
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert [
        name for name in re.findall(r"`(test_\w+)`", text) if f"def {name}(" not in sources
    ] == []
