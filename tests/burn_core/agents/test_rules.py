"""When each agent speaks, on threads without a database."""

from collections.abc import Sequence

import pytest

from burn_core.agents.rules import Verdict, should_instruct
from burn_core.errors import BadAgent
from burn_core.events import Event
from burn_core.users import User
from tests.making import (
    ADA,
    BOB,
    FRANKIE,
    JERRY,
    SARAH,
    make_extract,
    make_snapshot,
    make_system,
    make_text,
    make_tool_use,
)

RULE_OF = {SARAH: ("producer", 3), JERRY: ("opener", 3), FRANKIE: ("follow_up", 4)}


def judge(
    agent: User,
    events: Sequence[Event],
    seen: int = 0,
    facts: dict[User, int] | None = None,
    without: Sequence[User] = (),
    tapped_out: Sequence[User] = (),
) -> Verdict:
    """The verdict of an agent that has read the thread up to the seq seen."""
    users = [user for user in (ADA, BOB, SARAH, JERRY, FRANKIE) if user not in without]
    snapshot = make_snapshot(events, facts, users, tapped_out)
    rule, min_facts = RULE_OF[agent]
    return should_instruct(
        rule, snapshot, agent.id, snapshot.events_after(seen), {"min_facts": min_facts}
    )


def make_roast(seq: int, by: User) -> Event:
    return make_tool_use(seq, by, "roast_user", subject=str(ADA.id), roast="Ha.")


def test_the_producer_speaks_after_a_person() -> None:
    assert judge(SARAH, [make_system(1, ADA, "created")]).speak
    assert judge(SARAH, [make_text(1, ADA, "hi")]).speak


@pytest.mark.parametrize(
    "action",
    [
        "renamed",
        "closed",
        "reopened",
        "shared",
        "unshared",
        "renewed_invitation",
        "left",
        "removed",
        "let_in",
        "added",
        "became_owner",
        "tapped_out",
        "tapped_in",
    ],
)
def test_the_producer_is_silent_about_what_is_done_to_the_thread(action: str) -> None:
    assert judge(SARAH, [make_system(1, ADA, action)]) == Verdict(
        False, "nothing happened", {"new_events": 1}
    )
    said = [make_text(1, ADA, "hi"), make_system(2, BOB, action)]
    assert judge(SARAH, said).data == {"newest_seq": 1}


def test_the_producer_welcomes_each_person_once() -> None:
    joins = [make_system(seq, BOB, "joined") for seq in (1, 3)]
    left = make_system(2, BOB, "left")
    first = judge(SARAH, joins[:1])
    assert first == Verdict(True, "a person arrived last", {"newest_seq": 1})
    assert not judge(SARAH, [joins[0], left, joins[1]], seen=2).speak
    assert not judge(SARAH, [make_system(1, BOB, "created"), left, joins[1]], seen=2).speak
    again = [joins[0], left, joins[1], make_system(4, ADA, "joined")]
    assert judge(SARAH, again, seen=2).data == {"newest_seq": 4}


def test_the_producer_lets_go_what_people_said_who_have_left() -> None:
    events = [make_text(1, BOB, "hi"), make_system(2, BOB, "left")]
    assert not judge(SARAH, events, without=[BOB]).speak
    assert judge(SARAH, [*events, make_text(3, ADA, "bye")], without=[BOB]).speak


def test_the_producer_is_silent_after_an_agent() -> None:
    ask = make_tool_use(2, SARAH, "ask_user_about_themselves", subject=str(ADA.id), question="?")
    assert not judge(SARAH, [make_text(1, ADA, "hi"), ask], seen=1).speak
    assert not judge(SARAH, [make_text(1, ADA, "hi"), make_roast(2, JERRY)], seen=1).speak


def test_the_producer_hears_what_was_said_while_it_was_thinking() -> None:
    said = [make_text(1, ADA, "I like chess"), make_text(2, ADA, "and tea")]
    own = make_extract(3, ADA)
    facts = {ADA: 9}
    assert judge(SARAH, [*said, own], seen=1, facts=facts) == Verdict(
        True, "a person spoke meanwhile", {"newest_seq": 2}
    )
    assert not judge(SARAH, [*said, own], seen=2, facts=facts).speak
    assert judge(SARAH, [*said, make_roast(3, JERRY)], seen=1).speak
    assert not judge(SARAH, [*said, own], facts=facts).speak  # somebody else's thread, read at once


def test_the_producer_does_not_count_do_nothing() -> None:
    nothing = make_tool_use(2, SARAH, "do_nothing")
    assert judge(SARAH, [make_text(1, ADA, "hi"), nothing], seen=1) == Verdict(
        False, "nothing happened", {"new_events": 1}
    )
    assert judge(SARAH, [make_text(1, ADA, "hi"), nothing]).speak


def test_the_producer_continues_while_somebody_is_barely_known() -> None:
    events = [make_text(1, ADA, "I like chess"), make_extract(2, ADA, BOB)]
    assert judge(SARAH, events, seen=1, facts={ADA: 5, BOB: 2}).speak
    enough = judge(SARAH, events, seen=1, facts={ADA: 5, BOB: 3})
    assert enough == Verdict(
        False, "enough is known about them", {"fewest_facts": 3, "min_facts": 3}
    )


def test_the_opener_waits_for_enough_facts() -> None:
    events = [make_text(1, ADA, "I like chess"), make_extract(2, ADA)]
    assert not judge(JERRY, events, facts={ADA: 2}).speak
    assert judge(JERRY, events, facts={ADA: 3}).speak
    assert not judge(JERRY, events, facts={ADA: 2, BOB: 2}).speak


def test_the_opener_does_not_follow_himself() -> None:
    events = [make_extract(1, ADA), make_roast(2, JERRY), make_extract(3, ADA)]
    assert not judge(JERRY, events, seen=2, facts={ADA: 9}).speak
    events[1] = make_roast(2, FRANKIE)
    assert judge(JERRY, events, seen=2, facts={ADA: 9}).speak


def test_the_opener_wants_facts_since_the_last_roast_even_if_seen_before() -> None:
    events = [make_extract(1, ADA), make_roast(2, FRANKIE), make_text(3, ADA, "hi")]
    assert not judge(JERRY, events, seen=0, facts={ADA: 9}).speak
    events[2] = make_extract(3, ADA)
    assert judge(JERRY, events, seen=2, facts={ADA: 9}).speak
    assert judge(JERRY, [*events, make_text(4, ADA, "hi")], seen=3, facts={ADA: 9}).speak


def test_the_follow_up_comes_after_a_roast() -> None:
    events = [make_extract(1, ADA)]
    assert not judge(FRANKIE, events, facts={ADA: 9}).speak
    assert judge(FRANKIE, events, facts={ADA: 9}, without=[JERRY]).speak


def test_the_follow_up_wants_facts_since_the_roast_even_if_seen_before() -> None:
    events = [make_roast(1, JERRY), make_extract(2, ADA), make_text(3, ADA, "hi")]
    assert judge(FRANKIE, events, seen=2, facts={ADA: 4}).speak
    assert not judge(FRANKIE, events, seen=2, facts={ADA: 3}).speak
    assert not judge(FRANKIE, [events[0], events[2]], facts={ADA: 9}).speak


def test_the_follow_up_does_not_follow_himself() -> None:
    events = [make_roast(1, FRANKIE), make_extract(2, ADA)]
    assert not judge(FRANKIE, events, facts={ADA: 9}).speak


def test_people_who_left_are_not_counted() -> None:
    assert not judge(JERRY, [make_extract(1, BOB)], facts={ADA: 9}, without=[ADA]).speak


def test_an_unknown_or_failing_rule_is_an_error_for_the_operator() -> None:
    with pytest.raises(BadAgent, match="There is no rule 'heckler'"):
        should_instruct("heckler", make_snapshot([]), JERRY.id, [], {})
    with pytest.raises(BadAgent, match="opener can't judge this thread"):
        should_instruct("opener", make_snapshot([]), JERRY.id, [], {})


def test_no_agent_speaks_because_of_a_person_who_tapped_out() -> None:
    said = [make_text(1, ADA, "hi")]
    assert judge(SARAH, said).speak
    assert not judge(SARAH, said, tapped_out=[ADA]).speak
    known = [make_extract(1, ADA)]
    assert judge(JERRY, known, facts={ADA: 9}).speak
    assert not judge(JERRY, known, facts={ADA: 9}, tapped_out=[ADA]).speak
