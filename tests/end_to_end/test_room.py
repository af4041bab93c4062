"""What people do in a thread, as the others see it in their own browsers."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.tabs import (
    OpenAs,
    OpenTab,
    enter,
    find_box,
    find_words,
    measure,
    open_editor,
    press_in_own_menu,
)
from tests.making import Hand, wait_for


@pytest.fixture
def bob(hand: Hand) -> UUID:
    return hand.make_user("bob")


@pytest.fixture
def thread_id(hand: Hand, ada: UUID, bob: UUID) -> UUID:
    """A thread of ada's with bob in it, in which something was said."""
    thread_id = hand.make_thread(ada, bob, agents=["sarah"])
    hand.say(thread_id, ada, "hello everybody")
    return thread_id


def expect_heading(tab: Page, text: str) -> None:
    expect(tab.get_by_role("heading", name=text)).to_be_visible()


def test_a_face_says_who_is_here_while_their_tab_is_open(
    open_as: OpenAs, ada: UUID, bob: UUID, thread_id: UUID
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(tab.get_by_alt_text("ada, owner, here now")).to_be_visible()
    expect(tab.get_by_alt_text("bob, member", exact=True)).to_be_visible()
    other = open_as(bob, f"/?thread={thread_id}")
    expect(tab.get_by_alt_text("bob, member, here now")).to_be_visible()
    other.close()
    expect(tab.get_by_alt_text("bob, member", exact=True)).to_be_visible()
    expect(tab.get_by_alt_text("ada, owner, here now")).to_be_visible()


@pytest.mark.parametrize("key", ["", "Enter"])
def test_invite_copies_the_link_and_says_so(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID, key: str
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    invite = tab.get_by_role("button", name="Invite")
    if key:
        invite.focus()
        tab.keyboard.press(key)
    else:
        invite.click()
    expect(tab.get_by_role("button", name="Link copied")).to_be_visible()
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied == tab.url.partition("/?")[0] + hand.invite(thread_id)
    expect(invite).to_be_visible()


def test_a_spectator_can_watch_until_the_link_is_revoked(
    hand: Hand, open_as: OpenAs, open_tab: OpenTab, ada: UUID, thread_id: UUID
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    dialog = open_editor(tab)
    dialog.get_by_role("button", name="Create a spectator link").click()
    spectator = open_tab(dialog.get_by_text("/watch?key=").inner_text())
    expect(find_words(spectator, "hello everybody")).to_be_visible()
    hand.say(thread_id, ada, "hello spectators")
    expect(find_words(spectator, "hello spectators")).to_be_visible()
    expect(find_box(spectator)).to_have_count(0)
    assert not [c for c in spectator.context.cookies() if c["name"] == "burn_browser"]
    dialog.get_by_role("button", name="Revoke link").click()
    dialog.get_by_role("button", name="Yes").click()
    expect_heading(spectator, "There is nothing to watch here")
    expect(find_words(spectator, "hello spectators")).to_have_count(0)


def test_a_removed_person_is_shown_out_until_the_owner_lets_them_in(
    hand: Hand, open_as: OpenAs, ada: UUID, bob: UUID, thread_id: UUID
) -> None:
    other = open_as(bob, f"/?thread={thread_id}")
    expect(find_words(other, "hello everybody")).to_be_visible()
    dialog = open_editor(open_as(ada, f"/?thread={thread_id}"))
    line = dialog.locator(f".st-key-member-{bob}")
    line.get_by_role("button", name="Remove").click()
    line.get_by_role("button", name="Yes").click()
    expect(dialog.get_by_text("Removed bob.")).to_be_visible()
    expect_heading(other, "You were removed from this thread")
    expect(find_words(other, "hello everybody")).to_have_count(0)
    wait_for(lambda: not hand.type("SELECT 1 FROM visits WHERE user_id = %s", bob))
    guest = open_as(bob, hand.invite(thread_id))
    expect_heading(guest, "You were removed from this thread")
    dialog.get_by_role("button", name="Let back in").click()
    expect(dialog.get_by_text("bob can join again")).to_be_visible()
    guest.reload()
    guest.get_by_role("button", name="Join").click()
    expect(find_words(guest, "hello everybody")).to_be_visible()
    expect(guest).to_have_url(f"{guest.url.partition('?')[0]}?thread={thread_id}")


def test_a_new_invite_link_replaces_the_old_one_everywhere_at_once(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    old = hand.invite(thread_id)
    tab, projector = (open_as(ada, f"/{page}?thread={thread_id}") for page in ("", "projector"))
    expect(projector.get_by_role("img", name=old)).to_be_visible()
    dialog = open_editor(tab)
    dialog.get_by_role("button", name="New invite link").click()
    dialog.get_by_role("button", name="Yes").click()
    expect(dialog.get_by_text("The old invite link no longer works.")).to_be_visible()
    expect(dialog.get_by_text(hand.invite(thread_id))).to_be_visible()
    expect(projector.get_by_role("img", name=hand.invite(thread_id))).to_be_visible()
    expect_heading(open_as(hand.make_user("eve"), old), "This invite link doesn't work")


@pytest.mark.parametrize("threads", [250, 1_000])
def test_people_in_many_threads_are_live_in_the_open_one(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID, threads: int
) -> None:
    hand.type(
        "WITH made AS (INSERT INTO threads (name) SELECT 'Thread ' || n"
        " FROM generate_series(1, %s) n RETURNING id)"
        " INSERT INTO memberships (thread_id, user_id, role) SELECT id, %s, 'owner' FROM made",
        threads,
        ada,
    )
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(tab.get_by_alt_text("ada, owner, here now")).to_be_visible()
    hand.say(thread_id, ada, "news in the oldest thread")
    expect(find_words(tab, "news in the oldest thread")).to_be_visible()
    hand.type("UPDATE threads SET name = 'Renamed' WHERE id = %s", thread_id)
    expect_heading(tab, "Renamed")


def test_a_new_name_shows_in_everybodys_tab(
    open_as: OpenAs, ada: UUID, bob: UUID, thread_id: UUID
) -> None:
    other = open_as(bob, f"/?thread={thread_id}")
    expect_heading(other, "Untitled thread")
    dialog = open_editor(open_as(ada, f"/?thread={thread_id}"))
    name = dialog.get_by_role("textbox", name="Name")
    name.fill("Friday, 5 *o'clock*")
    name.press("Tab")
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog.get_by_text("Renamed.")).to_be_visible()
    expect_heading(other, "Friday, 5 *o'clock*")
    expect(other.get_by_role("link", name="Friday, 5 *o'clock*")).to_be_visible()


def test_nobody_can_speak_while_the_thread_is_closed(
    open_as: OpenAs, ada: UUID, bob: UUID, thread_id: UUID
) -> None:
    other = open_as(bob, f"/?thread={thread_id}")
    box = find_box(other)
    expect(box).to_be_enabled()
    dialog = open_editor(open_as(ada, f"/?thread={thread_id}"))
    dialog.get_by_role("button", name="Close thread").click()
    dialog.get_by_role("button", name="Yes").click()
    expect(box).to_be_disabled()
    expect(other.get_by_placeholder("This thread is closed")).to_be_visible()
    dialog.get_by_role("button", name="Reopen thread").click()
    expect(box).to_be_enabled()
    expect(other.get_by_placeholder("Say something")).to_be_visible()


def test_everybody_sees_that_sarah_is_thinking_and_nothing_moves(
    hand: Hand, open_as: OpenAs, ada: UUID, bob: UUID, thread_id: UUID
) -> None:
    tabs = [open_as(who, f"/?thread={thread_id}") for who in (ada, bob)]
    for tab in tabs:
        expect(tab.get_by_alt_text("bob, member, here now")).to_be_visible()
    before = [measure(find_words(tab, "hello everybody")) for tab in tabs]
    run_id = hand.begin_run(thread_id, "sarah")
    for tab in tabs:
        expect(tab.get_by_text("sarah is thinking")).to_be_visible()
    assert [measure(find_words(tab, "hello everybody")) for tab in tabs] == before
    hand.type("UPDATE runs SET status = 'done', finished_at = now() WHERE id = %s", run_id)
    for tab in tabs:
        expect(tab.get_by_text("sarah is thinking")).not_to_be_visible()
    assert [measure(find_words(tab, "hello everybody")) for tab in tabs] == before


def test_a_thread_opened_from_the_sidebar_stays_open_when_news_arrives(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    second = hand.make_thread(ada)
    hand.type("UPDATE threads SET name = 'The second' WHERE id = %s", second)
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(find_words(tab, "hello everybody")).to_be_visible()
    tab.get_by_role("link", name="The second").click()
    expect_heading(tab, "The second")
    hand.say(second, ada, "news")
    expect(find_words(tab, "news")).to_be_visible()
    expect(tab).to_have_url(f"{tab.url.partition('?')[0]}?thread={second}")


def test_news_in_another_thread_is_marked_until_it_is_read(
    hand: Hand, open_as: OpenAs, ada: UUID, bob: UUID, thread_id: UUID
) -> None:
    hand.type("UPDATE threads SET name = 'The first'")
    second = hand.make_thread(ada)
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(tab.get_by_alt_text("ada, owner, here now")).to_be_visible()
    tab.get_by_role("link", name="Untitled thread").click()
    expect(tab).to_have_url(f"{tab.url.partition('?')[0]}?thread={second}")
    wait_for(lambda: not hand.type("SELECT 1 FROM visits WHERE thread_id = %s", thread_id))
    link = tab.get_by_role("link", name="The first")
    expect(link).not_to_contain_text("new")
    hand.say(thread_id, bob, "are you there?")
    expect(link).to_contain_text("new")
    link.click()
    expect(find_words(tab, "are you there?")).to_be_visible()
    expect(link).not_to_contain_text("new")


@pytest.mark.parametrize("page", ["/", "/projector"])
def test_signing_in_leads_to_the_page_that_was_asked_for(
    open_as: OpenAs, ada: UUID, thread_id: UUID, page: str
) -> None:
    tab = open_as(ada)
    expect(find_words(tab, "hello everybody")).to_be_visible()
    address = f"{tab.url.partition('/?')[0].rstrip('/')}{page}?thread={thread_id}"
    press_in_own_menu(tab, "Sign out")
    expect(tab.get_by_role("textbox", name="Your name")).to_be_visible()
    tab.goto(address)
    expect(tab.get_by_role("textbox", name="Your name")).to_be_visible()
    expect(find_words(tab, "hello everybody")).to_have_count(0)
    enter(tab, "ada")
    expect(find_words(tab, "hello everybody")).to_be_visible()
    expect(tab).to_have_url(address)


def test_a_thread_with_news_is_marked_until_it_is_opened(
    hand: Hand, open_as: OpenAs, ada: UUID, bob: UUID, thread_id: UUID
) -> None:
    other = hand.make_thread(ada, bob)
    tab = open_as(ada, f"/?thread={thread_id}")
    links = tab.get_by_role("navigation", name="Your threads")
    here, there = links.locator(f"[id='{thread_id}']"), links.locator(f"[id='{other}']")
    expect(there).not_to_contain_text("new")
    hand.say(other, bob, "psst")
    expect(there).to_contain_text("new")
    there.click()
    expect(find_words(tab, "psst")).to_be_visible()
    expect(there).not_to_contain_text("new")
    wait_for(lambda: hand.type("SELECT thread_id FROM visits") == [(other,)])
    hand.say(thread_id, bob, "and here")
    expect(here).to_contain_text("new")
    here.click()
    expect(find_words(tab, "and here")).to_be_visible()
    wait_for(lambda: hand.type("SELECT thread_id FROM visits") == [(thread_id,)])
    hand.say(other, bob, "psst again")
    expect(there).to_contain_text("new")
    hand.type("UPDATE threads SET name = 'Renamed' WHERE id = %s", other)
    expect(there).to_contain_text("Renamed")
