"""Burn in real browsers, one per person."""

import time

from playwright.sync_api import expect

from tests.end_to_end.processes import running_app, running_worker
from tests.end_to_end.tabs import OpenTab, enter, press_in_own_menu, say, start_thread
from tests.making import Hand, wait_for


def test_two_people_and_the_agents_see_each_other_live(
    hand: Hand, url: str, address: str, open_tab: OpenTab
) -> None:
    with running_worker(url):
        ada = open_tab(address)
        enter(ada, "ada")
        thread_id = start_thread(ada)
        expect(ada.get_by_text("Hi @ada, ")).to_be_visible()

        bob = open_tab(address + hand.invite(thread_id))
        enter(bob, "bob")
        bob.get_by_role("button", name="Join").click()
        expect(bob.get_by_text("Hi @ada, ")).to_be_visible()
        expect(ada.get_by_text("bob joined")).to_be_visible()

        say(bob, "I like chess and I live in Berlin")
        expect(ada.get_by_text("I like chess and I live in Berlin")).to_be_visible()
        expect(ada.get_by_text("extracted 2 facts about @bob")).to_be_visible()
        say(bob, "I have three cats and I work as a nurse")
        for tab in (ada, bob):
            expect(tab.get_by_text("roast_user").first).to_be_visible(timeout=10_000)


def test_changes_made_in_sql_appear_on_their_own(
    hand: Hand, address: str, open_tab: OpenTab
) -> None:
    tab = open_tab(address)
    enter(tab, "ada")
    thread_id = start_thread(tab)
    hand.type("UPDATE threads SET name = 'Renamed by hand'")
    expect(tab.get_by_role("heading", name="Renamed by hand")).to_be_visible()
    expect(tab.get_by_role("link", name="Renamed by hand")).to_be_visible()
    bob = hand.make_user("bob")
    hand.join(thread_id, bob)
    members = tab.get_by_alt_text("bob, member")
    expect(members).to_be_visible()
    hand.type("DELETE FROM memberships WHERE user_id = %s", bob)
    expect(members).not_to_be_visible()
    hand.type("DELETE FROM memberships WHERE role = 'owner'")
    expect(tab.get_by_role("heading", name="Thread not found")).to_be_visible()


def test_a_person_stays_signed_in_and_nobody_else_gets_their_name(
    url: str, open_tab: OpenTab
) -> None:
    with running_app(DATABASE_URL=url) as address:
        tab = open_tab(address)
        enter(tab, "ada")
        expect(tab.get_by_text("Signed in as ada")).to_be_visible()
        (cookie,) = [c for c in tab.context.cookies() if c["name"] == "burn_browser"]
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Lax"
        tab.reload()
        expect(tab.get_by_text("Signed in as ada")).to_be_visible()
        other = open_tab(address)
        enter(other, "ada")
        expect(other.get_by_text("The name ada is taken")).to_be_visible()
    with running_app(DATABASE_URL=url) as address:
        tab.goto(address)
        expect(tab.get_by_text("Signed in as ada")).to_be_visible()
        press_in_own_menu(tab, "Sign out")
        expect(tab.get_by_role("textbox", name="Your name")).to_be_visible()


def test_idle_viewers_cost_no_queries(hand: Hand, address: str, open_tab: OpenTab) -> None:
    tab = open_tab(address)
    enter(tab, "ada")
    start_thread(tab)
    for _ in range(3):
        more = tab.context.new_page()
        more.goto(tab.url)
        expect(more.get_by_text("started the thread")).to_be_visible()
    # The door's role looks now and then whether another web process died, with or without viewers.
    last_query = (
        "SELECT max(state_change) FROM pg_stat_activity"
        " WHERE application_name = 'burn' AND usename !~ '^burn_door_'"
    )
    # Parts of a page put off their first work by up to two seconds.
    before = wait_for(lambda: is_unchanged(hand, last_query, 3), seconds=20)
    time.sleep(5)  # only time can show that nothing happens
    assert hand.value(last_query) == before


def is_unchanged(hand: Hand, query: str, seconds: float) -> object:
    """The query's value if it stays the same for that long, or None."""
    before = hand.value(query)
    time.sleep(seconds)
    return before if hand.value(query) == before else None
