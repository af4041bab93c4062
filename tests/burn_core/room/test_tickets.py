"""Tickets: a browser gets its cookie first, once, and moves what it can sign in as to its new id."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from burn_core.errors import NameTaken
from burn_core.room.access import write_session_topic
from burn_core.room.sessions import find_signed_in, sign_out
from burn_core.room.sign_in import prove, sign_in
from burn_core.room.tickets import (
    Ticket,
    catch_up,
    exchange_ticket,
    make_ticket,
    note_arrival,
    use_ticket,
)
from tests.burn_core.room.conftest import Run
from tests.making import Hand

OLD, PLANTED = uuid4(), uuid4()


def bring(run: Run, ticket: Ticket, old_id: UUID | None) -> None:
    """As the browser does: exchange the ticket, and send the cookie back."""
    assert run(exchange_ticket, ticket.token, old_id) == ticket.browser_id
    assert run(note_arrival, ticket.browser_id)


def test_a_ticket_is_exchanged_once(run: Run) -> None:
    ticket = run(make_ticket, None)
    assert run(exchange_ticket, ticket.token, None) == ticket.browser_id
    assert run(exchange_ticket, ticket.token, None) is None


def test_of_many_who_exchange_a_ticket_at_once_one_gets_the_cookie(run: Run) -> None:
    ticket = run(make_ticket, None)
    with ThreadPoolExecutor(8) as pool:
        got = list(
            pool.map(lambda _: run(exchange_ticket, ticket.token, None), range(16), timeout=60)
        )
    assert [it for it in got if it] == [ticket.browser_id]


def test_only_the_exact_ticket_is_exchanged(run: Run) -> None:
    ticket = run(make_ticket, None)
    token = ticket.token
    for other in ("", f"{token}x", f"{token}=", f" {token}", token[:-1], token.swapcase()):
        assert run(exchange_ticket, other, None) is None
    assert run(exchange_ticket, token, None) == ticket.browser_id


def test_a_ticket_is_worth_nothing_in_another_browser(run: Run) -> None:
    ticket = run(make_ticket, OLD)
    for other in (None, uuid4()):
        assert run(exchange_ticket, ticket.token, other) is None
    assert run(exchange_ticket, ticket.token, OLD) == ticket.browser_id


def test_a_ticket_is_used_only_once_its_cookie_has_arrived_and_only_once(run: Run) -> None:
    ticket = run(make_ticket, None)
    assert not run(use_ticket, ticket)
    assert not run(note_arrival, ticket.browser_id), "nobody has exchanged it"
    run(exchange_ticket, ticket.token, None)
    assert not run(use_ticket, ticket)
    run(note_arrival, ticket.browser_id)
    assert run(use_ticket, ticket)
    assert not run(use_ticket, ticket)
    assert not run(note_arrival, ticket.browser_id)


def test_a_ticket_is_good_for_a_minute(run: Run, hand: Hand) -> None:
    def age() -> None:
        hand.type("UPDATE tickets SET inserted_at = now() - interval '61 seconds'")

    ticket = run(make_ticket, None)
    age()
    assert run(exchange_ticket, ticket.token, None) is None
    ticket = run(make_ticket, None)
    bring(run, ticket, None)
    age()
    assert not run(use_ticket, ticket)


def test_a_cookie_from_before_the_sign_in_is_worth_nothing_after_it(run: Run) -> None:
    """Somebody planted a cookie of their own in the browser, where bob then signs in."""
    run(sign_in, PLANTED, "eve")
    run(sign_out, PLANTED)
    ticket = run(make_ticket, PLANTED)
    bring(run, ticket, PLANTED)
    assert run(use_ticket, ticket)
    run(sign_in, ticket.browser_id, "bob")
    assert run(find_signed_in, PLANTED) is None
    for name in ("bob", "eve"):
        with pytest.raises(NameTaken):
            run(prove, PLANTED, name)


def test_the_new_id_takes_over_the_names_without_a_password(run: Run) -> None:
    made = {name: run(sign_in, OLD, name).id for name in ("ada", "bob")}
    ticket = run(make_ticket, OLD)
    bring(run, ticket, OLD)
    assert run(use_ticket, ticket)
    assert run(find_signed_in, ticket.browser_id) is None, "it signs nobody in by itself"
    assert {name: run(prove, ticket.browser_id, name).user_id for name in made} == made


def test_a_browser_that_lost_the_connection_halfway_still_has_its_names(run: Run) -> None:
    ada = run(sign_in, OLD, "ada")
    ticket = run(make_ticket, OLD)
    run(catch_up, ticket.browser_id)
    assert run(find_signed_in, OLD) == ada, "nobody has the new cookie"
    run(exchange_ticket, ticket.token, OLD)
    run(catch_up, ticket.browser_id)
    assert run(find_signed_in, OLD) is None
    assert run(prove, ticket.browser_id, "ada").user_id == ada.id
    assert not run(use_ticket, ticket)


def test_news_of_the_old_id_end_its_sockets_and_streams(run: Run, hand: Hand) -> None:
    run(sign_in, OLD, "ada")
    ticket = run(make_ticket, OLD)
    bring(run, ticket, OLD)
    hand.type("LISTEN burn_changes")
    run(use_ticket, ticket)
    heard = {it.payload for it in hand.connection.notifies(timeout=2, stop_after=2)}
    assert write_session_topic(OLD) in heard
