"""Downloads contain only what the person can see."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from uuid import UUID, uuid4

import pytest
import streamlit as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from burn_core.errors import NotAllowed, TooFast, TooLarge
from burn_core.explore import downloads
from burn_core.explore.facts import FactFilter, select_facts
from burn_core.room.memberships import leave_thread
from burn_core.room.sessions import sign_out
from burn_core.room.sign_in import sign_in
from burn_core.users import User
from db.connection import begin
from pages.ui.shared import download
from pages.ui.shared.download import write_file, write_rows
from pages.ui.thread.export import write_export
from tests.making import Hand, wait_for
from tests.pages.conftest import OpenPage


def export(thread_id: UUID, user_id: UUID, browser_id: UUID) -> bytes:
    return write_file(partial(write_export, thread_id, user_id), user_id, browser_id)


def test_members_can_download_a_thread(
    open_page: OpenPage, ada: User, thread_id: UUID, browser_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))
    page.button(key="edit").click().run()
    assert not page.exception
    assert [it.proto.label for it in page.get("download_button")] == ["Download as SQL"]
    assert b"INSERT INTO threads (id, name, status, last_seq" in export(
        thread_id, ada.id, browser_id
    )


def test_nobody_else_can_download_it(
    engine: Engine, ada: User, thread_id: UUID, browser_id: UUID
) -> None:
    stranger = uuid4()
    with begin(engine) as session:
        bob = sign_in(session, stranger, "bob")
    for user_id, other in ((ada.id, uuid4()), (ada.id, stranger), (bob.id, stranger)):
        with pytest.raises(NotAllowed):
            export(thread_id, user_id, other)
    with begin(engine) as session:
        leave_thread(session, thread_id, ada.id)
    with pytest.raises(NotAllowed):
        export(thread_id, ada.id, browser_id)


def test_files_hold_the_visitors_rows_and_need_them_signed_in(
    engine: Engine, hand: Hand, ada: User, thread_id: UUID, browser_id: UUID
) -> None:
    bob = hand.make_user("bob")
    hand.learn(thread_id, ada.id, "likes", "chess", 0.9)
    hand.learn(hand.make_thread(bob), bob, "keeps", "a secret", 0.9)
    facts = select_facts(ada.id, FactFilter())
    for label in ("CSV", "JSON", "Parquet"):
        write = partial(write_rows, label, facts)
        file = write_file(write, ada.id, browser_id)
        assert b"chess" in file
        assert b"a secret" not in file
        for user_id, other in ((ada.id, uuid4()), (bob, browser_id)):
            with pytest.raises(NotAllowed):
                write_file(partial(write_rows, label, facts), user_id, other)
    with begin(engine) as session:
        sign_out(session, browser_id)
    with pytest.raises(NotAllowed):
        write_file(partial(write_rows, "CSV", facts), ada.id, browser_id)


def test_filtered_rows_can_be_downloaded_or_loaded_in_a_notebook(ada: User) -> None:
    page = AppTest.from_string(
        "from burn_core.explore.facts import FactFilter, select_facts\n"
        "from pages.ui.shared.download import draw_downloads\n"
        "from pages.ui.shared.visitor import begin_page\n"
        "filter = FactFilter(categories=('hobby',))\n"
        "visitor = begin_page()\n"
        "draw_downloads('facts', select_facts(visitor.id, filter, limit=10))\n"
    ).run()
    assert not page.exception
    buttons = [it.proto for it in page.get("download_button")]
    assert [button.label for button in buttons] == ["CSV", "JSON", "Parquet"]
    assert all(button.deferred_file_id for button in buttons)
    assert "200,000" in page.caption[0].value
    assert "facts.category = 'hobby'" in page.code[0].value
    assert "LIMIT 200000" in page.code[0].value


def test_who_downloads_without_end_has_to_wait(
    open_page: OpenPage, ada: User, thread_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every button counts: of rows, of a thread, and of a query's result."""
    writes: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr(
        st, "download_button", lambda label, data, **look: writes.update({label: data})
    )
    open_page("facts.py")
    open_page(thread=str(thread_id)).button(key="edit").click().run()
    console = open_page("sql.py")
    console.text_area(key="query").set_value("SELECT 1").run()
    console.button(key="run").click().run()
    assert list(writes) == ["CSV", "JSON", "Parquet", "Download as SQL", "Download as CSV"]
    assert any("one more every 10 seconds" in caption.value for caption in console.caption)
    for write in 2 * list(writes.values()):
        assert write() is not None
    for write in writes.values():
        with pytest.raises(
            TooFast, match=r"^Too many downloads at once\. Try again in \d+ seconds"
        ):
            write()


def test_each_person_has_one_download_at_a_time_and_all_together_two(
    engine: Engine, ada: User, browser_id: UUID
) -> None:
    others = [uuid4() for _ in range(2)]
    with begin(engine) as session:
        people = {sign_in(session, id, f"user-{n}").id: id for n, id in enumerate(others)}
    people |= {ada.id: browser_id}
    writing, may_end = list[None](), Event()

    def write(session: Session) -> bytes:
        writing.append(None)
        assert may_end.wait(30)
        return b"file"

    with ThreadPoolExecutor(3) as pool:
        files = [pool.submit(write_file, write, *person) for person in people.items()]
        wait_for(lambda: len(download._downloading) == 3)
        wait_for(lambda: len(writing) == 2)
        for user_id, browser in people.items():
            with pytest.raises(TooFast, match="Another download of yours"):
                write_file(write, user_id, browser)
        assert len(writing) == 2
        may_end.set()
        assert [file.result(10) for file in files] == 3 * [b"file"]
    assert write_file(write, ada.id, browser_id) == b"file"


def test_a_thread_that_is_too_large_is_no_file(
    hand: Hand, ada: User, thread_id: UUID, browser_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MOST_MEGABYTES", 1)
    for _ in range(110):
        hand.say(thread_id, ada.id, 10_000 * "x")
    with pytest.raises(TooLarge):
        export(thread_id, ada.id, browser_id)
