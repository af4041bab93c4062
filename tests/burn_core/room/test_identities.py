"""People whom a provider vouches for: who they are, and how often its word counts."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from burn_core.errors import NameTaken, NotAllowed
from burn_core.room.identities import propose_name, prove_identity
from burn_core.room.proof import Identity
from burn_core.room.sessions import find_signed_in
from burn_core.room.sign_in import enter, prove, prove_new, sign_in
from burn_core.users import User
from db.errors import Refused
from tests.burn_core.room.conftest import Run

HERE, ELSEWHERE = uuid4(), uuid4()
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA = Identity("https://provider.example", "1815", NOON)
ADA_LATER = Identity(ADA.issuer, ADA.subject, NOON + timedelta(seconds=1))


@pytest.fixture
def ada(run: Run) -> User:
    user: User = run(enter, HERE, run(prove_new, "ada", ADA))
    return user


def test_a_new_identity_has_no_name_until_its_person_chooses_one(run: Run) -> None:
    assert run(prove_identity, ADA).name == ""
    ada = run(enter, HERE, run(prove_new, "Ada", ADA))
    assert ada.name == "ada"
    assert run(find_signed_in, HERE) == ada


def test_what_a_provider_said_once_signs_in_once(run: Run, ada: User) -> None:
    assert run(prove_identity, ADA) is None
    proof = run(prove_identity, ADA_LATER)
    assert run(enter, ELSEWHERE, proof) == ada
    assert run(prove_identity, ADA_LATER) is None
    with pytest.raises(NotAllowed):
        run(enter, uuid4(), proof)


def test_one_subject_of_two_providers_is_two_people(run: Run, ada: User) -> None:
    other = Identity("https://elsewhere.example", ADA.subject, NOON)
    assert run(prove_identity, other).user_id is None
    with pytest.raises(NameTaken):
        run(prove_new, "ada", other)


def test_the_name_of_somebody_with_a_provider_needs_the_provider(run: Run, ada: User) -> None:
    for browser_id in (HERE, ELSEWHERE):
        with pytest.raises(NameTaken):
            run(prove, browser_id, "ada")


def test_nobody_takes_over_the_name_of_an_agent_or_of_somebody_else(run: Run) -> None:
    run(sign_in, ELSEWHERE, "bob", "a long secret")
    for name in ("bob", "sarah"):
        with pytest.raises(NameTaken):
            run(prove_new, name, ADA)


def test_an_identity_that_signs_up_twice_at_once_is_one_person(run: Run) -> None:
    first, second = run(prove_new, "ada", ADA), run(prove_new, "countess", ADA)
    run(enter, HERE, first)
    with pytest.raises(Refused, match="another tab"):
        run(enter, ELSEWHERE, second)
    assert run(find_signed_in, ELSEWHERE) is None
    run(prove_new, "countess", ADA_LATER)


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["Ada Lovelace"], "ada-lovelace"),
        (["ada@example.org"], "ada"),
        (["", None, "É", "x", "Bob"], "bob"),
        (["A name that is much too long"], "a-name-that-is-m"),
        ([], ""),
    ],
)
def test_a_name_is_proposed_that_people_can_have(texts: list[str | None], name: str) -> None:
    assert propose_name(*texts) == name
