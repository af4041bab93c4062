"""Rows on their way to tabs: read once, written down once, and never to somebody who may not see them."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from burn_core.room.broadcast import Broadcasts, Group, OwnGroup, Tables, read_revision
from burn_core.room.live import Live
from burn_core.room.threads import list_threads, list_unread
from db.connection import begin_reading
from db.schema import Json
from db.visitor import Visitor, act_as
from tests.making import Hand, run_for

SECONDS = 10
ADAS, BOBS = uuid4(), uuid4()
READS: list[UUID] = []
Scene = tuple[UUID, UUID, UUID]


def read_words(session: Session, thread_id: UUID) -> Tables:
    """The newest two messages, as a table that grows, and the names of all facts."""
    READS.append(thread_id)
    said = session.execute(
        text(
            "SELECT seq, data->>'text' FROM events WHERE thread_id = :id AND type = 'text'"
            " ORDER BY seq DESC LIMIT 2"
        ),
        {"id": thread_id},
    )
    facts = session.execute(
        text("SELECT id, object FROM facts WHERE thread_id = :id"), {"id": thread_id}
    )
    return {
        "messages": {str(seq): {"words": words} for seq, words in said},
        "facts": {str(id): {"object": object} for id, object in facts},
    }


GROUP = Group(("messages", "facts"), ("events", "facts"), read_words, frozenset(["messages"]))


class FakeTab:
    """Keeps what a store would, by the store's rules."""

    def __init__(self, browser_id: UUID | None, key: UUID | None = None) -> None:
        self.visitor = Visitor(browser_id, key)
        self.shown_id: UUID | None = None
        self.frames: list[str] = []
        self.rows: dict[str, dict[str, Json]] = {"messages": {}, "facts": {}}
        self.have: dict[str, int] = {}

    def give(self, frame: str) -> None:
        self.frames.append(frame)
        for name, part in json.loads(frame)["tables"].items():
            assert part["since"] in (0, self.have.get(name, 0))
            if not part["since"] and name == "facts":
                self.rows[name] = {}
            self.rows[name] |= part["put"]
            for key in part["gone"]:
                del self.rows[name][key]
            self.have[name] = part["revision"]

    @property
    def words(self) -> list[str]:
        messages = sorted(self.rows["messages"].items(), key=lambda each: int(each[0]))
        return [row["words"] for _, row in messages]


@pytest.fixture
def scene(hand: Hand) -> Scene:
    """A thread of ada's and bob's, who are signed in."""
    ada, bob = hand.make_user("ada"), hand.make_user("bob")
    for browser_id, user_id in ((ADAS, ada), (BOBS, bob)):
        hand.type("INSERT INTO sessions (browser_id, user_id) VALUES (%s, %s)", browser_id, user_id)
    READS.clear()
    return hand.make_thread(ada, bob), ada, bob


@pytest.fixture
def broadcasts(live: Live, web_engine: Engine) -> Broadcasts:
    return Broadcasts(live, web_engine, [GROUP])


def run(steps: Coroutine[None, None, None]) -> None:
    run_for(steps, 6 * SECONDS)


async def see(tab: FakeTab, *words: str) -> None:
    await hold(lambda: bool(tab.have) and tab.words == list(words))


async def hold(condition: Callable[[], bool]) -> None:
    """Return once it holds."""
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


async def say(hand: Hand, thread_id: UUID, user_id: UUID, words: str) -> None:
    await asyncio.to_thread(hand.say, thread_id, user_id, words)


def test_one_reading_and_one_text_are_for_all_tabs(
    broadcasts: Broadcasts, hand: Hand, scene: Scene
) -> None:
    thread_id, ada, _ = scene

    async def steps() -> None:
        tabs = [FakeTab(ADAS) for _ in range(50)]
        for tab in tabs:
            broadcasts.join(tab, thread_id, {})
        await see(tabs[0])
        reads = len(READS)
        await say(hand, thread_id, ada, "hi")
        for tab in tabs:
            await see(tab, "hi")
        assert len(READS) <= reads + 2  # an insert notifies of the event, perhaps twice
        assert len({id(tab.frames[-1]) for tab in tabs}) == 1
        for tab in tabs:
            broadcasts.leave(tab, thread_id)
        assert broadcasts.find_whole(thread_id, GROUP) is None

    run(steps())


def test_who_comes_back_gets_what_they_lack_and_others_the_whole(
    broadcasts: Broadcasts, hand: Hand, scene: Scene
) -> None:
    thread_id, ada, _ = scene

    async def steps() -> None:
        stays, goes = FakeTab(ADAS), FakeTab(BOBS)
        for tab in (stays, goes):
            broadcasts.join(tab, thread_id, {})
        await say(hand, thread_id, ada, "one")
        await see(goes, "one")
        broadcasts.leave(goes, thread_id)
        await say(hand, thread_id, ada, "two")
        await see(stays, "one", "two")
        goes.frames.clear()
        broadcasts.join(goes, thread_id, goes.have)
        await see(goes, "one", "two")
        parts = [json.loads(frame)["tables"] for frame in goes.frames]
        assert [list(part["messages"]["put"].values()) for part in parts] == [[{"words": "two"}]]
        fresh, odd = FakeTab(BOBS), FakeTab(BOBS)
        broadcasts.join(fresh, thread_id, {})
        odd.have = {"messages": 1}
        broadcasts.join(odd, thread_id, odd.have)
        await see(fresh, "one", "two")
        await see(odd, "one", "two")

    run(steps())


def test_a_tab_from_another_database_starts_over(
    broadcasts: Broadcasts, hand: Hand, scene: Scene
) -> None:
    thread_id, ada, _ = scene

    async def steps() -> None:
        tab = FakeTab(ADAS)
        await say(hand, thread_id, ada, "one")
        broadcasts.join(tab, thread_id, {"messages": 2**52})
        await see(tab, "one")
        assert json.loads(tab.frames[0])["tables"]["messages"]["reset"]

    run(steps())


def test_what_is_no_longer_among_the_newest_is_not_gone_and_a_deleted_row_is(
    broadcasts: Broadcasts, hand: Hand, scene: Scene
) -> None:
    thread_id, ada, _ = scene

    async def steps() -> None:
        tab = FakeTab(ADAS)
        broadcasts.join(tab, thread_id, {})
        said = ["one", "two", "three"]
        for number, words in enumerate(said):
            await say(hand, thread_id, ada, words)
            await see(tab, *said[: number + 1])
        await asyncio.to_thread(hand.learn, thread_id, ada, "likes", "chess", 0.9)
        await hold(lambda: len(tab.rows["facts"]) == 1)
        await asyncio.to_thread(hand.type, "DELETE FROM facts")
        await hold(lambda: not tab.rows["facts"])
        assert tab.words == said

    run(steps())


def test_when_more_comes_at_once_than_is_read_the_tab_is_not_told_that_it_is_all(
    broadcasts: Broadcasts, hand: Hand, scene: Scene
) -> None:
    thread_id, ada, _ = scene

    async def steps() -> None:
        tab = FakeTab(ADAS)
        await say(hand, thread_id, ada, "one")
        broadcasts.join(tab, thread_id, {})
        await see(tab, "one")
        many = (
            "INSERT INTO events (thread_id, user_id, type, data) SELECT %s, %s, 'text',"
            " jsonb_build_object('text', n::text) FROM generate_series(2, 6) n"
        )
        await asyncio.to_thread(hand.type, many, thread_id, ada)
        await see(tab, "one", "5", "6")
        assert json.loads(tab.frames[-1])["tables"]["messages"]["since"] == 0

    run(steps())


def test_while_nobody_here_may_read_nothing_is_read(
    broadcasts: Broadcasts, hand: Hand, scene: Scene
) -> None:
    thread_id, ada, bob = scene

    async def steps() -> None:
        removed, spectator = FakeTab(BOBS), FakeTab(None, uuid4())
        for tab in (removed, spectator):
            broadcasts.join(tab, thread_id, {})
        await see(removed)
        await asyncio.to_thread(hand.type, "DELETE FROM memberships WHERE user_id = %s", bob)
        await say(hand, thread_id, ada, "a secret")
        member = FakeTab(ADAS)
        frames = len(removed.frames)
        async with asyncio.timeout(SECONDS):
            while len(READS) == 0:
                await asyncio.sleep(0.01)
        assert len(removed.frames) == frames
        broadcasts.leave(removed, thread_id)  # as tab.py does, once it hears of it
        broadcasts.join(member, thread_id, {})
        await see(member, "a secret")
        assert removed.words == []

    run(steps())


def read_list(session: Session, user_id: UUID) -> Tables:
    """The person's threads, and which of them have something new."""
    READS.append(user_id)
    unread = list_unread(session, user_id)
    return {
        "threads": {
            str(thread.id): {"is_unread": thread.id in unread}
            for thread in list_threads(session, user_id)
        }
    }


OWN = OwnGroup(("threads",), (), read_list)


def test_a_list_of_threads_hears_of_news_in_those_that_its_person_isnt_looking_at(
    live: Live, web_engine: Engine, hand: Hand, scene: Scene
) -> None:
    shown, ada, bob = scene
    other = hand.make_thread(bob, ada)
    broadcasts = Broadcasts(live, web_engine, [], [OWN])
    tab = FakeTab(ADAS)
    tab.shown_id = shown
    tab.rows["threads"] = {}

    def is_listed(*unread: UUID) -> bool:
        return tab.rows["threads"] == {
            str(id): {"is_unread": id in unread} for id in (shown, other)
        }

    async def steps() -> None:
        broadcasts.join_own(tab, ada, {})
        await hold(is_listed)
        reads = len(READS)
        for number in range(5):
            await say(hand, shown, bob, f"here {number}")
        await say(hand, other, bob, "there")
        await hold(lambda: is_listed(shown, other))
        assert len(READS) <= reads + 3  # not for each message in the thread that is shown
        reads = len(READS)
        for number in range(5):
            await say(hand, other, bob, f"there {number}")
        tab.shown_id = other
        hand.type(
            "UPDATE memberships m SET last_seen_seq = (SELECT last_seq FROM threads"
            " WHERE id = m.thread_id)"
        )
        broadcasts.join_own(tab, ada, tab.have)
        await hold(is_listed)
        assert len(READS) <= reads + 3
        await say(hand, shown, bob, "there by now")
        await hold(lambda: is_listed(shown))
        broadcasts.leave(tab, ada)

    run(steps())


def test_nobody_else_reads_what_is_a_persons_own(
    web_engine: Engine, hand: Hand, scene: Scene
) -> None:
    _, ada, bob = scene
    visitor = Visitor(BOBS, None)
    with begin_reading(act_as(web_engine, visitor)) as session:
        assert OWN.can_read(session, bob, visitor)
        assert not OWN.can_read(session, ada, visitor)
        assert not OWN.can_read(session, ada, Visitor(None, uuid4()))


def test_made_up_revisions_are_all_given_the_same_text(
    broadcasts: Broadcasts, hand: Hand, scene: Scene
) -> None:
    thread_id, ada, _ = scene

    async def steps() -> None:
        stays, odd = FakeTab(ADAS), FakeTab(BOBS)
        broadcasts.join(stays, thread_id, {})
        await see(stays)
        for number in range(30):
            await say(hand, thread_id, ada, f"{number}")
            await hold(lambda number=number: stays.words[-1:] == [f"{number}"])  # type: ignore[misc]
        texts = set()
        for made_up in range(1, 500):
            odd.frames.clear()
            odd.have = {}
            broadcasts.join(odd, thread_id, {"messages": made_up, "facts": made_up // 2})
            texts |= {id(frame) for frame in odd.frames}
        assert len(texts) == 1
        revisions = sorted(
            {json.loads(it)["tables"]["messages"]["revision"] for it in stays.frames}
        )
        assert len(revisions) > 20
        for revision in revisions:
            odd.have = {"messages": revision}
            broadcasts.join(odd, thread_id, odd.have)
        assert len(broadcasts._broadcasts[thread_id][0]._frames) <= 20
        for tab in (stays, odd):
            broadcasts.leave(tab, thread_id)

    run(steps())


def test_later_snapshots_have_higher_revisions(engine: Engine, hand: Hand, scene: Scene) -> None:
    thread_id, ada, _ = scene
    revisions = []
    for number in range(5):
        with begin_reading(engine) as session:
            revisions.append(read_revision(session))
        hand.say(thread_id, ada, str(number))
    assert revisions == sorted(set(revisions))
