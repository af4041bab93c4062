"""Row-level security: what each kind of visitor sees and can write, typed as the web process's role."""

import time

import psycopg
import pytest
from sqlalchemy import Engine, text

from db.connection import begin
from db.roles import Part, derive_role, list_open_columns, write_libpq_url
from db.schema import Row
from db.visitor import MOST_SECONDS, Signer, Visitor, act_as, searching
from tests.access import INSIDE, WHO, Scene, make_scene
from tests.making import Hand

SECRET = {"identities", "instance", "limits", "sessions", "tickets"}
COUNTS = {
    table: f"SELECT count(*) FROM {table} WHERE {thread} = %(thread)s"
    for table, thread in {
        "threads": "id",
        "memberships": "thread_id",
        "participants": "thread_id",
        "visits": "thread_id",
        "events": "thread_id",
        "facts": "thread_id",
        "runs": "thread_id",
        "deletions": "thread_id",
    }.items()
}
MESSAGE = "INSERT INTO events (thread_id, user_id, type, data) VALUES (%(thread)s, {}, 'text', '{{\"text\": \"hi\"}}')"
ACTION = "INSERT INTO events (thread_id, user_id, type, data) VALUES (%(thread)s, {}, 'system', '{{\"action\": \"{}\"}}')"
# A write, and who may do it. Everybody else is refused, or changes no row.
WRITES = {
    "a message as oneself": (MESSAGE.format("%(me)s"), {"owner", "member"}),
    "a message as the owner": (MESSAGE.format("%(ada)s"), {"owner"}),
    "a message as an agent": (MESSAGE.format("%(sarah)s"), set()),
    "a tool use as oneself": (
        "INSERT INTO events (thread_id, user_id, type, data) VALUES (%(thread)s, %(me)s, 'tool_use',"
        ' \'{"id": "t", "name": "roast_user", "input": {}}\')',
        set(),
    ),
    "tapping out": (ACTION.format("%(me)s", "tapped_out"), {"owner", "member"}),
    "tapping another out": (ACTION.format("%(ada)s", "tapped_out"), {"owner"}),
    "an owner's action": (ACTION.format("%(me)s", "removed"), {"owner"}),
    "another name": ("UPDATE threads SET name = 'mine' WHERE id = %(thread)s", {"owner", "member"}),
    "closing": ("UPDATE threads SET status = 'completed' WHERE id = %(thread)s", {"owner"}),
    "sharing": ("UPDATE threads SET spectator_key = %(uuid)s WHERE id = %(thread)s", {"owner"}),
    "another invitation": (
        "UPDATE threads SET invitation_key = %(uuid)s WHERE id = %(thread)s",
        {"owner"},
    ),
    "another last_seq": ("UPDATE threads SET last_seq = 0 WHERE id = %(thread)s", set()),
    "deleting the thread": ("DELETE FROM threads WHERE id = %(thread)s", set()),
    "coming in": (
        "INSERT INTO memberships (thread_id, user_id) VALUES (%(thread)s, %(me)s)",
        set(),
    ),
    "becoming the owner": ("UPDATE memberships SET role = 'owner' WHERE user_id = %(me)s", set()),
    "bringing somebody": (
        "INSERT INTO memberships (thread_id, user_id) VALUES (%(thread)s, %(zoe)s)",
        set(),
    ),
    "adding an agent": (
        "INSERT INTO memberships (thread_id, user_id, role) VALUES (%(thread)s, %(jerry)s, 'comedian')",
        {"owner"},
    ),
    "leaving": (
        "DELETE FROM memberships WHERE thread_id = %(thread)s AND user_id = %(me)s",
        {"owner", "member"},
    ),
    "removing a member": (
        "DELETE FROM memberships WHERE thread_id = %(thread)s AND user_id = %(bob)s",
        {"owner", "member"},  # the member is bob
    ),
    "removing the owner": (
        "DELETE FROM memberships WHERE thread_id = %(thread)s AND user_id = %(ada)s",
        {"owner"},
    ),
    "having read everything": (
        "UPDATE memberships SET last_seen_seq = 1 WHERE thread_id = %(thread)s AND user_id = %(me)s",
        {"owner", "member"},
    ),
    "having read for others": (
        "UPDATE memberships SET last_seen_seq = 1 WHERE thread_id = %(thread)s AND user_id = %(sarah)s",
        set(),
    ),
    "a visit": (
        "INSERT INTO visits (thread_id, user_id, web) VALUES (%(thread)s, %(me)s, 'w')",
        {"owner", "member"},
    ),
    "a visit of somebody else": (
        "INSERT INTO visits (thread_id, user_id, web) VALUES (%(thread)s, %(zoe)s, 'w')",
        set(),
    ),
    "ending a visit": ("DELETE FROM visits WHERE thread_id = %(thread)s", set()),
    "a fact": (
        "INSERT INTO facts (thread_id, subject_id, predicate, object) VALUES (%(thread)s, %(ada)s, 'is', 'old')",
        set(),
    ),
    "another fact": ("UPDATE facts SET object = 'x' WHERE thread_id = %(thread)s", set()),
    "no facts": ("DELETE FROM facts WHERE thread_id = %(thread)s", set()),
    "another event": ("UPDATE events SET data = '{}' WHERE thread_id = %(thread)s", set()),
    "no events": ("DELETE FROM events WHERE thread_id = %(thread)s", set()),
    "another run": ("UPDATE runs SET status = 'done' WHERE thread_id = %(thread)s", set()),
    "another agent": ("UPDATE agents SET prompt = 'obey'", set()),
    "a version of an agent": (
        "INSERT INTO agents (user_id, version, prompt, tools, rule) VALUES (%(sarah)s, 9, 'obey', '{}', 'never')",
        set(),
    ),
    "another person": ("INSERT INTO users (name) VALUES ('eve')", set()),
    "being a host": ("UPDATE users SET is_host = true WHERE id = %(me)s", set()),
    "another password": ("UPDATE users SET password_hash = 'x' WHERE id = %(me)s", set()),
    "a sign-in": (
        "INSERT INTO sessions (browser_id, user_id) VALUES (%(uuid)s, %(ada)s)",
        set(),
    ),
    "no sign-ins": ("DELETE FROM sessions", set()),
    "another key": ("UPDATE instance SET cookie_key = 'x'", set()),
    "no traces": ("DELETE FROM deletions", set()),
    "a circuit": (
        "INSERT INTO circuits (endpoint, model, opened_at) VALUES ('e', 'm', now())",
        set(),
    ),
    "more to spend": ("DELETE FROM spending", set()),
    "no circuits": ("DELETE FROM circuits", set()),
    "another pause": ("UPDATE memberships SET wakes_at = now() + interval '1 year'", set()),
    "nothing at all": ("TRUNCATE events CASCADE", set()),
}


@pytest.fixture
def scene(url: str, cookie_key: str) -> Scene:
    return make_scene(url, cookie_key)


def test_the_table_has_every_table(scene: Scene) -> None:
    assert (
        COUNTS.keys() | SECRET | {"users", "agents", "circuits", "spending"}
        == Row.metadata.tables.keys()
    )


@pytest.mark.parametrize("who", WHO)
def test_what_each_sees_of_a_thread(scene: Scene, who: str) -> None:
    seen = {"thread" if who in INSIDE else "other" if who == "stranger" else None}
    with scene.acting(who) as connection:
        for table, count in COUNTS.items():
            for thread in ("thread", "other"):
                found = connection.execute(count.encode(), {"thread": scene.ids[thread]}).fetchone()
                expected = thread in seen
                if table == "deletions":  # one, of the membership that was removed
                    expected = thread == "thread" and who in INSIDE | {"removed"}
                assert (found != (0,)) == expected, (table, thread)


@pytest.mark.parametrize("who", WHO)
def test_whose_names_each_sees(scene: Scene, who: str) -> None:
    """Theirs, those of agents, and of everybody who is or was in their threads."""
    people = {
        "removed": {"rob"},
        "stranger": {"zoe"},
        "host": {"hal"},
        **{inside: {"ada", "bob", "rob"} for inside in INSIDE},
    }.get(who, set())
    with scene.acting(who) as connection:
        names = connection.execute("SELECT name FROM users").fetchall()
    assert {name for (name,) in names} == people | {"sarah", "jerry", "frankie"}


@pytest.mark.parametrize("who", WHO)
def test_nobody_sees_a_secret(scene: Scene, who: str) -> None:
    with scene.acting(who) as connection:
        for query in (
            "SELECT password_hash FROM users",
            "SELECT invitation_key FROM threads",
            "SELECT spectator_key FROM threads",
            "SELECT endpoint FROM circuits",
            "SELECT * FROM instance",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(query.encode())
        seen = connection.execute("SELECT browser_id FROM sessions").fetchall()
    own = scene.visitors[who].browser_id
    assert seen == ([(own,)] if own else [])


@pytest.mark.parametrize("who", WHO)
def test_nobody_sees_what_others_spend(scene: Scene, who: str, hand: Hand) -> None:
    hand.type(
        "INSERT INTO spending (whose, whose_id, hour, calls, tokens)"
        " VALUES ('person', %s, now(), 1, 1)",
        scene.ids["ada"],
    )
    with scene.acting(who) as connection:
        assert connection.execute("SELECT FROM spending").fetchall() == []


@pytest.mark.parametrize("who", WHO)
def test_who_may_write_what(scene: Scene, who: str) -> None:
    done = {name for name in WRITES if scene.can_write(who, WRITES[name][0])}
    assert done == {name for name, (_, allowed) in WRITES.items() if who in allowed}


def test_nobody_makes_a_thread_with_the_id_of_one_that_was_deleted(
    scene: Scene, hand: Hand
) -> None:
    """Else its members would see who left the earlier one, and what it spent."""
    add = "INSERT INTO threads (id, name) VALUES (%(other)s, 'mine')"
    spend = (
        "INSERT INTO spending (whose, whose_id, hour, calls, tokens)"
        " VALUES ('thread', %s, now(), 1, 1)"
    )
    hand.type("DELETE FROM threads WHERE id = %s", scene.ids["other"])
    hand.type(spend, scene.ids["other"])
    assert not scene.can_write("member", add)
    hand.type("DELETE FROM deletions")
    assert not scene.can_write("member", add)
    hand.type("DELETE FROM spending")
    assert scene.can_write("member", add)


def test_nobody_makes_a_thread_with_the_id_of_a_person(scene: Scene) -> None:
    for person in ("zoe", "bob", "sarah"):
        assert not scene.can_write(
            "member", f"INSERT INTO threads (id, name) VALUES (%({person})s, 'mine')"
        )


def test_a_thread_with_the_id_of_a_person_has_sums_of_its_own(scene: Scene, hand: Hand) -> None:
    """Only a statement of the tables' owner makes one."""
    ada = scene.ids["ada"]
    hand.type("INSERT INTO threads (id) VALUES (%s)", ada)
    hand.join(ada, scene.ids["zoe"], "owner")
    hand.join(ada, scene.ids["sarah"], "producer")
    charge = "UPDATE runs SET charged_to = %s, attempts = %s WHERE id = %s"
    hand.type(charge, ada, 7, hand.begin_run(scene.ids["other"], "jerry"))
    hand.type(charge, scene.ids["zoe"], 2, hand.begin_run(ada, "sarah"))
    spent = "SELECT whose, sum(calls)::int FROM spending WHERE whose_id = %s GROUP BY 1 ORDER BY 1"
    assert hand.type(spent, ada) == [("person", 7), ("thread", 2)]
    for who, seen in (("owner", [("person", 7)]), ("stranger", [("thread", 2)])):
        with hand.connection.transaction():
            signed = scene.signer.sign(scene.visitors[who], hand.connection.info.backend_pid)
            hand.type("SELECT set_config('burn.visitor', %s, true)", signed)
            assert hand.type(spent.replace("FROM ", "FROM mine."), ada) == seen


@pytest.mark.parametrize("who", WHO)
def test_who_was_removed_is_told_to_them_and_in_their_thread(scene: Scene, who: str) -> None:
    asked = "SELECT burn_was_removed(%s, %s)"
    with scene.acting(who) as connection:
        told = connection.execute(asked.encode(), [scene.ids["thread"], scene.ids["rob"]])
        assert told.fetchone() == (who in INSIDE | {"removed"},)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(asked.replace("was", "is").encode(), [scene.ids["thread"]] * 2)


def test_an_invitation_lets_in_whoever_has_it(scene: Scene, hand: Hand) -> None:
    thread_id = scene.ids["thread"]
    key = hand.value("SELECT invitation_key FROM threads WHERE id = %s", thread_id)
    browser_id = scene.visitors["stranger"].browser_id
    scene.visitors["invited"] = Visitor(browser_id, key)
    with scene.acting("invited") as connection:
        seen = connection.execute("SELECT name FROM threads WHERE id = %s", [thread_id]).fetchall()
        assert len(seen) == 1
        events = "SELECT count(*) FROM events WHERE thread_id = %s"
        assert connection.execute(events.encode(), [thread_id]).fetchone() == (0,)
        joining = "INSERT INTO memberships (thread_id, user_id) VALUES (%s, %s)"
        for user_id in (scene.ids["ada"], scene.ids["hal"]):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(joining.encode(), [thread_id, user_id])
        connection.execute(joining.encode(), [thread_id, scene.ids["zoe"]])
        assert connection.execute(events.encode(), [thread_id]).fetchone() != (0,)


@pytest.mark.parametrize(
    "broken", ["forged", "changed", "of another connection", "too old", "junk"]
)
def test_a_broken_value_sees_nothing(scene: Scene, broken: str) -> None:
    owner, member = scene.visitors["owner"], scene.visitors["member"]
    with psycopg.connect(scene.url) as connection, psycopg.connect(scene.url) as other:
        process = connection.info.backend_pid
        signed = scene.signer.sign(owner, process)
        value = {
            "forged": Signer("another key").sign(owner, process),
            "changed": scene.signer.sign(member, process).replace(
                str(member.browser_id), str(owner.browser_id)
            ),
            "of another connection": scene.signer.sign(owner, other.info.backend_pid),
            "too old": scene.signer.sign(owner, process, time.time() - MOST_SECONDS - 1),
            "junk": "' OR true; -- x y z",
        }[broken]
        set_config = "SELECT set_config('burn.visitor', %s, true)"
        connection.execute(set_config.encode(), [value])
        assert connection.execute("SELECT count(*) FROM facts").fetchone() == (0,)
        connection.execute(set_config.encode(), [signed])
        assert connection.execute("SELECT count(*) FROM facts").fetchone() == (1,)


def test_a_value_is_worthless_once_its_sign_in_has_ended(scene: Scene, hand: Hand) -> None:
    with scene.acting("owner") as connection:
        assert connection.execute("SELECT count(*) FROM facts").fetchone() == (1,)
        hand.type("UPDATE sessions SET signed_out_at = now() WHERE signed_out_at IS NULL")
        assert connection.execute("SELECT count(*) FROM facts").fetchone() == (0,)


def test_a_transaction_says_who_it_is_for_and_the_next_forgets(
    scene: Scene, web_engine: Engine
) -> None:
    with begin(act_as(web_engine, scene.visitors["owner"])) as session:
        assert session.scalar(text("SELECT count(*) FROM facts")) == 1
    with begin(web_engine) as session:
        assert session.scalar(text("SELECT count(*) FROM facts")) == 0


def test_searches_see_the_same_rows(scene: Scene, web_engine: Engine) -> None:
    for who in WHO:
        for table in ("events", "facts", "threads", "users"):
            with begin(act_as(web_engine, scene.visitors[who])) as session:
                query = text(f"SELECT id FROM {table} ORDER BY id")
                guarded = session.scalars(query).all()
                with searching(session) as searcher:
                    is_view = text(f"SELECT '{table}'::regclass = 'seen.{table}'::regclass")
                    assert searcher.scalar(is_view) is True
                    assert searcher.scalars(query).all() == guarded


def test_people_can_query_every_column_that_is_no_secret(hand: Hand) -> None:
    columns = (
        "SELECT array_agg(attname::text ORDER BY attname) FROM pg_attribute"
        " WHERE attrelid = ('mine.' || %s)::regclass AND attnum > 0"
    )
    for table in Row.metadata.tables.keys() - SECRET:
        assert hand.value(columns, table) == sorted(list_open_columns(table))


@pytest.mark.parametrize("table", ["threads", "facts", "users", "events"])
def test_what_searches_read_without_a_guard_is_for_them_alone(
    scene: Scene, url: str, cookie_key: str, table: str
) -> None:
    with scene.acting("owner") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"SELECT FROM agents LEFT JOIN seen.{table} ON true".encode())
    for part in Part:
        with psycopg.connect(write_libpq_url(url, derive_role(cookie_key, part))) as connection:
            asked = "SELECT has_schema_privilege('seen', 'USAGE')"
            assert connection.execute(asked).fetchone() == (part is Part.SEARCH,)


def test_a_statement_that_forgets_who_it_is_for_changes_no_more_for_that(
    scene: Scene, hand: Hand
) -> None:
    theirs = hand.make_thread(scene.ids["bob"])
    changing = """
        UPDATE threads t SET status = 'completed', name = CASE WHEN t.id = %(thread)s
            THEN left(set_config('burn.visitor', 'x', true), 0) || t.name ELSE t.name END
        FROM (VALUES (1, %(theirs)s::uuid), (2, %(thread)s::uuid)) AS o (n, id) WHERE t.id = o.id"""
    with (
        scene.acting("member") as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="only the owner"),
    ):
        connection.execute(changing.encode(), {"thread": scene.ids["thread"], "theirs": theirs})


def test_what_somebody_leaves_in_a_connection_isnt_done_as_the_next(
    scene: Scene, web_engine: Engine
) -> None:
    counting = text("SELECT count(*) FROM facts")
    with begin(act_as(web_engine, scene.visitors["owner"])) as session:
        session.execute(
            text("SELECT set_config('burn.visitor', current_setting('burn.visitor'), false)")
        )
    with begin(web_engine) as session:
        assert session.scalar(counting) == 0
    with begin(act_as(web_engine, scene.visitors["owner"])) as session:
        for _ in range(9):
            session.scalar(counting)
        assert session.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0


def test_no_role_gets_past_the_policies_but_those_that_work_on_whole_tables(hand: Hand) -> None:
    unprotected = hand.type(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND NOT relrowsecurity"
    )
    assert unprotected == [("alembic_version",)]
    past = hand.type(
        "SELECT rolname FROM pg_roles WHERE rolname ~ '^burn_' AND (rolbypassrls OR rolsuper)"
    )
    assert past == []
