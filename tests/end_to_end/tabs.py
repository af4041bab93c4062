"""What people do in a tab, and what they see there."""

from collections.abc import Callable
from uuid import UUID

from playwright.sync_api import FloatRect, Locator, Page, expect

OpenTab = Callable[..., Page]
OpenAs = Callable[..., Page]


def enter(tab: Page, name: str, password: str = "") -> None:
    tab.get_by_role("textbox", name="Your name").fill(name)
    tab.get_by_role("textbox", name="Password (optional)").fill(password)
    tab.get_by_role("button", name="Enter").click()


def open_own_menu(tab: Page) -> Locator:
    """The menu behind the person's name in the sidebar."""
    tab.get_by_role("button", name="Signed in as").click()
    menu = tab.get_by_test_id("stPopoverBody")
    expect(menu.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    return menu


def press_in_own_menu(tab: Page, button: str) -> None:
    open_own_menu(tab).get_by_role("button", name=button, exact=True).click()


def start_thread(tab: Page) -> UUID:
    tab.get_by_role("button", name="Start a thread").click()
    expect(tab.get_by_text("started the thread")).to_be_visible(timeout=15_000)
    return UUID(tab.url.partition("thread=")[2])


def find_box(tab: Page) -> Locator:
    """The box in which people type their messages."""
    return tab.get_by_test_id("stChatInputTextArea")


def say(tab: Page, text: str) -> None:
    box = find_box(tab)
    box.fill(text)
    box.press("Enter")


def find_words(tab: Page, text: str) -> Locator:
    """The words of a message of the chat."""
    return tab.locator(".burn-words").get_by_text(text, exact=True)


def open_editor(tab: Page) -> Locator:
    tab.get_by_role("button", name="Edit").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog.get_by_text("Members", exact=True)).to_be_visible()
    return dialog


def measure(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box is not None
    return box


def is_too_wide(tab: Page) -> bool:
    """Whether the page scrolls sideways."""
    return bool(tab.evaluate("document.scrollingElement.scrollWidth > innerWidth"))
