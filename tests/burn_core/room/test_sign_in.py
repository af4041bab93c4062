"""Signing in: who owns a name, and in which browsers."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from statistics import median
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, QueuePool, event

from burn_core.errors import BadName, NameTaken, NotAllowed, NotFound
from burn_core.retention import delete_unused
from burn_core.room.hashing import password_turn
from burn_core.room.hosts import add_host, check_host, is_host, list_hosts, remove_host
from burn_core.room.sessions import find_signed_in, sign_out
from burn_core.room.sign_in import enter as enter_as
from burn_core.room.sign_in import prove, sign_in
from burn_core.users import User
from db.connection import begin, open_engine
from db.instance import get_cookie_key
from tests.burn_core.room.conftest import Run
from tests.making import Hand

HERE, ELSEWHERE = uuid4(), uuid4()
SignIn = Callable[..., User]


@pytest.fixture
def enter(engine: Engine) -> SignIn:
    def enter(browser_id: UUID, name: str, password: str = "", may_host: bool = True) -> User:
        with begin(engine) as session:
            return sign_in(session, browser_id, name, password, may_host=may_host)

    return enter


def find(engine: Engine, browser_id: UUID) -> str | None:
    with begin(engine) as session:
        user = find_signed_in(session, browser_id)
        return user.name if user else None


def test_a_new_name_is_created_and_stays_signed_in(engine: Engine, enter: SignIn) -> None:
    assert enter(HERE, " @Ada ").name == "ada"
    assert find(engine, HERE) == "ada"
    assert find(engine, ELSEWHERE) is None


def test_a_name_without_a_password_works_only_in_its_browser(engine: Engine, enter: SignIn) -> None:
    made = enter(HERE, "ada")
    with pytest.raises(NameTaken, match="ada is taken"):
        enter(ELSEWHERE, "Ada")
    with pytest.raises(NameTaken):
        enter(ELSEWHERE, "ada", "guess")
    with begin(engine) as session:
        sign_out(session, HERE)
    assert find(engine, HERE) is None
    assert enter(HERE, "ada") == made


def test_a_name_with_a_password_works_anywhere_but_needs_it(
    enter: SignIn,
) -> None:
    made = enter(HERE, "ada", "s3cret-word")
    assert enter(ELSEWHERE, "ada", "s3cret-word") == made
    for browser_id in (HERE, ELSEWHERE):
        for wrong in ("S3cret-word", ""):
            with pytest.raises(NameTaken, match="enter its password"):
                enter(browser_id, "ada", wrong)


def refuse(enter: SignIn, name: str, password: str) -> tuple[str, float]:
    """What a stranger is told of the name, and after how many seconds of CPU."""
    start = time.process_time()
    with pytest.raises(NameTaken) as refused:
        enter(uuid4(), name, password)
    return str(refused.value).replace(name, "NAME"), time.process_time() - start


def test_a_stranger_cannot_tell_whether_a_taken_name_has_a_password(enter: SignIn) -> None:
    enter(HERE, "ada", "s3cret-word")
    enter(HERE, "bob")
    for password in ("guess", ""):
        refuse(enter, "bob", password)  # the first check of no hash takes longer
        with_one, without = (
            [refuse(enter, name, password) for _ in range(5)] for name in ("ada", "bob")
        )
        assert {words for words, _ in [*with_one, *without]} == {with_one[0][0]}
        quicker, slower = sorted(median(it for _, it in each) for each in (with_one, without))
        assert slower < 2.5 * quicker + 0.02  # which is far less than a check takes


def test_it_takes_as_many_queries_for_a_name_with_a_password_as_for_one_without(
    engine: Engine, enter: SignIn
) -> None:
    enter(HERE, "ada", "s3cret-word")
    enter(HERE, "bob")
    queries: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *each: queries.append(each[2]))
    for browser_id in (None, ELSEWHERE):
        for password in ("guess", ""):
            counts = set()
            for name in ("ada", "bob"):
                queries.clear()
                with begin(engine) as session, pytest.raises(NameTaken):
                    prove(session, browser_id, name, password)
                counts.add(len(queries))
            assert len(counts) == 1


def test_a_stranger_waits_as_long_for_a_new_name_as_for_a_taken_one(enter: SignIn) -> None:
    enter(HERE, "ada", "s3cret-word")
    refused, made = [], []
    for number in range(5):
        refused.append(refuse(enter, "ada", "guess word")[1])
        start = time.process_time()
        enter(uuid4(), f"new-{number}", "guess word")
        made.append(time.process_time() - start)
    assert 0.4 < median(refused) / median(made) < 2.5


def test_a_flood_of_passwords_leaves_connections_to_everybody_else(url: str, enter: SignIn) -> None:
    enter(HERE, "ada", "s3cret-word")
    engine = open_engine(url)
    connections = engine.pool
    assert isinstance(connections, QueuePool)

    def guess(number: int) -> None:
        with pytest.raises(NameTaken), password_turn("guess", None), begin(engine) as session:
            sign_in(session, uuid4(), "ada", f"guess {number}")

    most = 0
    with ThreadPoolExecutor(12) as pool:
        guesses = [pool.submit(guess, number) for number in range(12)]
        deadline = time.monotonic() + 60
        while wait(guesses, timeout=0.01).not_done and time.monotonic() < deadline:
            most = max(most, connections.checkedout())
        for each in guesses:
            each.result(10)
    engine.dispose()
    assert 1 <= most <= 2


def test_one_browser_can_have_several_names_one_at_a_time(engine: Engine, enter: SignIn) -> None:
    for name in ("ada", "bob", "ada"):
        enter(HERE, name)
        assert find(engine, HERE) == name


@pytest.mark.parametrize("name", ["", "a", "a" * 17, "two words", "é", "a/b", "<b>", "a\x00b"])
def test_a_bad_name_is_explained(enter: SignIn, name: str) -> None:
    with pytest.raises(BadName, match="2 to 16 characters"):
        enter(HERE, name)


def test_nobody_signs_in_as_an_agent(enter: SignIn) -> None:
    with pytest.raises(NameTaken, match="one of the agents"):
        enter(HERE, "Sarah")


def test_a_name_that_somebody_took_a_moment_ago_is_explained(run: Run, hand: Hand) -> None:
    proof = run(prove, HERE, "ada")
    hand.make_user("ada")
    with pytest.raises(NameTaken, match="Somebody has just taken the name ada"):
        run(enter_as, HERE, proof)
    assert run(find_signed_in, HERE) is None


def test_showing_that_a_name_can_be_used_takes_nothing(run: Run) -> None:
    assert run(prove, HERE, "ada").user_id is None
    run(enter_as, ELSEWHERE, run(prove, ELSEWHERE, "ada"))
    with pytest.raises(NameTaken):
        run(prove, HERE, "ada")


def test_the_cookie_key_never_changes(engine: Engine) -> None:
    with begin(engine) as session:
        key = get_cookie_key(session)
    with begin(engine) as session:
        assert get_cookie_key(session) == key
    assert len(key) >= 32


def list_host_names(engine: Engine) -> list[str]:
    with begin(engine) as session:
        return [host.name for host in list_hosts(session)]


def test_the_first_person_to_sign_up_is_the_host(engine: Engine, enter: SignIn) -> None:
    for name in ("ada", "bob"):
        enter(HERE, name)
    assert list_host_names(engine) == ["ada"]


def test_when_many_sign_up_at_once_only_one_is_the_host(engine: Engine, enter: SignIn) -> None:
    with ThreadPoolExecutor() as pool:
        list(
            pool.map(
                lambda name: enter(uuid4(), name), [f"person{n}" for n in range(8)], timeout=60
            )
        )
    assert len(list_host_names(engine)) == 1


def test_a_person_who_may_not_host_is_never_the_host(engine: Engine, enter: SignIn) -> None:
    enter(HERE, "ada", may_host=False)
    enter(ELSEWHERE, "bob")
    assert list_host_names(engine) == ["bob"]


def test_hosts_can_be_added_and_removed_except_the_last(engine: Engine, enter: SignIn) -> None:
    ada, bob = enter(HERE, "ada"), enter(ELSEWHERE, "bob")
    with begin(engine) as session:
        assert not is_host(session, bob.id)
        add_host(session, "@Bob ")
        add_host(session, "bob")
        assert is_host(session, bob.id)
        remove_host(session, "ada")
        check_host(session, bob.id)
        with pytest.raises(NotAllowed):
            check_host(session, ada.id)
        with pytest.raises(NotAllowed, match="bob is the only host"):
            remove_host(session, "BOB")
        for name in ("nobody", "sarah", ""):
            with pytest.raises(NotFound, match="has signed up"):
                add_host(session, name)
    assert list_host_names(engine) == ["bob"]


def test_two_hosts_cannot_remove_each_other_at_once(engine: Engine, enter: SignIn) -> None:
    for name in ("ada", "bob"):
        enter(HERE, name)
    with begin(engine) as session:
        add_host(session, "bob")

    def remove(name: str) -> bool:
        try:
            with begin(engine) as session:
                remove_host(session, name)
        except NotAllowed:
            return False
        return True

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(remove, ["ada", "bob"], timeout=60)) == [False, True]
    assert len(list_host_names(engine)) == 1


def test_retention_keeps_hosts(engine: Engine, enter: SignIn) -> None:
    enter(HERE, "ada")
    with begin(engine) as session:
        delete_unused(session, 1e-9)
    assert list_host_names(engine) == ["ada"]
