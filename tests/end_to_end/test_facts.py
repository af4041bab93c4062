"""The page of facts in a browser: its links, its rows, and what comes in while one looks."""

from urllib.parse import urlencode, urlsplit
from uuid import UUID

from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.tabs import OpenAs
from tests.making import Hand

ROW = 35  # a row of the table is so high, as is its head


def learn(hand: Hand, thread_id: UUID, object: str, category: str) -> UUID:
    learned: UUID = hand.value(
        "INSERT INTO facts (thread_id, subject_id, predicate, object, category)"
        " SELECT %s, id, 'likes', %s, %s FROM users WHERE name = 'ada' RETURNING id",
        thread_id,
        object,
        category,
    )
    return learned


def find_choice(tab: Page, label: str) -> Locator:
    return tab.get_by_role("combobox", name=label, exact=True)


def click_row(tab: Page, number: int) -> None:
    """The table is drawn on a canvas, so a row is a position."""
    tab.get_by_test_id("stDataFrame").click(position={"x": 15, "y": ROW * (number + 0.5)})


def test_a_link_shows_a_colleague_the_same_facts(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    categories = ['it\'s, 5% "so"', "Größe & Maß"]
    for category in [*categories, "food", "food"]:
        learn(hand, thread_id, category, category)
    tab = open_as(ada, "/facts?" + urlencode({"category": categories}, doseq=True))
    expect(tab.get_by_text("2 facts match")).to_be_visible(timeout=15_000)
    expect(tab.locator(".st-key-facts-category")).to_contain_text(categories[1])
    find_choice(tab, "Category").fill("fo")
    learn(hand, thread_id, "chess", "hobby")  # what comes in leaves alone what is half typed
    expect(find_choice(tab, "Category")).to_have_value("fo")
    tab.get_by_role("option", name="food · 2").click()
    expect(tab.get_by_text("4 facts match")).to_be_visible()
    colleague = open_as(ada, "/facts?" + urlsplit(tab.url).query)
    expect(colleague.get_by_text("4 facts match")).to_be_visible(timeout=15_000)


def test_a_chosen_fact_shows_its_path_and_stays_chosen(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    chosen = learn(hand, thread_id, "chess", "hobby")
    learn(hand, thread_id, "cheese", "food")
    tab = open_as(ada, "/facts")
    expect(tab.get_by_text("2 facts match")).to_be_visible(timeout=15_000)
    click_row(tab, 2)
    expect(tab.get_by_text("ada likes chess")).to_be_visible()
    assert str(chosen) in tab.url
    learn(hand, thread_id, "toast", "food")
    expect(tab.get_by_text("3 facts match")).to_be_visible()
    expect(tab.get_by_text("ada likes chess")).to_be_visible()
    click_row(tab, 3)  # where it is by now: choosing it again lets it go
    expect(tab.get_by_text("ada likes chess")).to_be_hidden()
    click_row(tab, 1)
    expect(tab.get_by_text("ada likes toast")).to_be_visible()


def test_the_head_of_a_column_sorts_by_it(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    learn(hand, thread_id, "chess", "hobby")
    tab = open_as(ada, "/facts")
    expect(tab.get_by_text("1 fact matches")).to_be_visible(timeout=15_000)
    table = tab.locator(".st-key-facts-time-True").get_by_test_id("stDataFrame")
    for address, is_descending in (
        ("sort=subject", True),
        ("sort=subject&order=ascending", False),
        ("sort=subject", True),
    ):
        table.click(position={"x": 60, "y": ROW / 2})
        tab.wait_for_url(f"**/facts?{address}")
        # Sorted anew it is a new table, and what is clicked in the old one is lost.
        keyed = tab.locator(f".st-key-facts-subject-{is_descending}")
        table = keyed.get_by_test_id("stDataFrame")
