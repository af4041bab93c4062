"""Downloads contain only what the person can see."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from burn_core.errors import NotAllowed, TooFast
from burn_core.explore.facts import FactFilter, select_facts
from burn_core.room.memberships import leave_thread
from burn_core.room.sessions import sign_out
from burn_core.room.sign_in import sign_in
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.download import write_file
from pages.ui.thread.export import write_export
from tests.making import Hand
from tests.pages.conftest import OpenPage


def test_members_can_download_a_thread(
    open_page: OpenPage, ada: User, thread_id: UUID, browser_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))
    page.button(key="edit").click().run()
    assert not page.exception
    assert [it.proto.label for it in page.get("download_button")] == ["Download as SQL"]
    assert b"INSERT INTO threads (id, name, status, last_seq" in write_export(thread_id, browser_id)


def test_nobody_else_can_download_it(
    engine: Engine, ada: User, thread_id: UUID, browser_id: UUID
) -> None:
    stranger = uuid4()
    with begin(engine) as session:
        sign_in(session, stranger, "bob")
    for other in (uuid4(), stranger):
        with pytest.raises(NotAllowed):
            write_export(thread_id, other)
    with begin(engine) as session:
        leave_thread(session, thread_id, ada.id)
    with pytest.raises(NotAllowed):
        write_export(thread_id, browser_id)


def test_files_hold_the_visitors_rows_and_need_them_signed_in(
    engine: Engine, hand: Hand, ada: User, thread_id: UUID, browser_id: UUID
) -> None:
    bob = hand.make_user("bob")
    hand.learn(thread_id, ada.id, "likes", "chess", 0.9)
    hand.learn(hand.make_thread(bob), bob, "keeps", "a secret", 0.9)
    facts = select_facts(ada.id, FactFilter())
    for label in ("CSV", "JSON", "Parquet"):
        file = write_file(label, facts, ada.id, browser_id)
        assert b"chess" in file
        assert b"a secret" not in file
        for user_id, other in ((ada.id, uuid4()), (bob, browser_id)):
            with pytest.raises(NotAllowed):
                write_file(label, facts, user_id, other)
    with begin(engine) as session:
        sign_out(session, browser_id)
    with pytest.raises(NotAllowed):
        write_file("CSV", facts, ada.id, browser_id)


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


@pytest.mark.parametrize("kind", ["rows", "thread"])
def test_who_downloads_without_end_has_to_wait(
    ada: User, thread_id: UUID, browser_id: UUID, kind: str
) -> None:
    facts = select_facts(ada.id, FactFilter())

    def download() -> object:
        is_thread = kind == "thread"
        return (
            write_export(thread_id, browser_id)
            if is_thread
            else write_file("CSV", facts, ada.id, browser_id)
        )

    for _ in range(10):
        assert download()
    with pytest.raises(TooFast, match=r"^Too many downloads at once\. Try again in \d+ seconds\.$"):
        download()
