"""Who can be what to a thread: the people, their browsers and keys, and the rows.

A thread of ada's has a row in every table, and so has one of zoe's, which nobody else should see.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg

from db.roles import Part, find_address
from db.visitor import Signer, Visitor
from tests.making import Hand

# Everything that anybody can be to ada's thread.
WHO = (
    "owner",
    "member",
    "removed",
    "stranger",
    "spectator",
    "signed out",
    "agent",
    "host",
    "nobody",
)
# Which of them see the rows of ada's thread. An agent never signs in, and a host is asked as a host only
# by the console.
INSIDE = {"owner", "member", "spectator"}

# The rules by which else a write is refused: rules.sql and schema.py.
RULES = {
    "events_type_of_author_check",
    "events_author_is_member_check",
    "events_author_is_owner_check",
    "memberships_role_of_type_check",
    "facts_subject_check",
    "memberships_removed_check",
    "memberships_thread_id_user_id_key",
    "threads_owner_check",
}


@dataclass
class Scene:
    """The rows, by name, and who is which visitor."""

    url: str
    signer: Signer
    ids: dict[str, UUID]
    visitors: dict[str, Visitor]
    mes: dict[str, UUID]

    @contextmanager
    def acting(self, who: str) -> Iterator[psycopg.Connection]:
        """A transaction of the visitor's, which is rolled back in the end."""
        with psycopg.connect(self.url) as connection:
            signed = self.signer.sign(self.visitors[who], connection.info.backend_pid)
            connection.execute("SELECT set_config('burn.visitor', %s, true)", [signed])
            yield connection
            connection.rollback()

    def can_write(self, who: str, statement: str) -> bool:
        """Whether it changes a row. Raises what isn't a refusal."""
        values = self.ids | {"me": self.mes.get(who), "uuid": uuid4()}
        with self.acting(who) as connection:
            try:
                return connection.execute(statement.encode(), values).rowcount > 0
            except psycopg.errors.InsufficientPrivilege:
                return False
            except psycopg.errors.IntegrityError as error:
                if error.diag.constraint_name in RULES:
                    return False
                raise


def make_scene(url: str, cookie_key: str) -> Scene:
    hand = Hand(url)
    ids = {name: hand.make_user(name) for name in ("ada", "bob", "rob", "zoe", "hal")}
    ids |= {
        name: hand.value("SELECT id FROM users WHERE name = %s", name)
        for name in ("sarah", "jerry")
    }
    hand.type("UPDATE users SET is_host = true WHERE name = 'hal'")
    key = uuid4()
    threads = {
        "thread": hand.make_thread(ids["ada"], ids["bob"], ids["rob"], agents=["sarah"]),
        "other": hand.make_thread(ids["zoe"], agents=["sarah"]),
    }
    for thread_id, owner in zip(threads.values(), (ids["ada"], ids["zoe"]), strict=True):
        where = "inside" if thread_id == threads["thread"] else "elsewhere"
        hand.say(thread_id, owner, f"said {where}")
        hand.learn(thread_id, owner, "is", f"known {where}", 0.9)
        hand.begin_run(thread_id, "sarah")
        hand.type(
            "INSERT INTO visits (thread_id, user_id, web) VALUES (%s, %s, 'w')", thread_id, owner
        )
    hand.remove(threads["thread"], ids["ada"], ids["rob"])
    hand.type("UPDATE threads SET spectator_key = %s WHERE id = %s", key, threads["thread"])
    people = {
        "owner": "ada",
        "member": "bob",
        "removed": "rob",
        "stranger": "zoe",
        "host": "hal",
        "agent": "sarah",
    }
    visitors = {who: Visitor(hand.sign_in(ids[name])) for who, name in people.items()}
    gone = hand.sign_in(ids["ada"])
    hand.type("UPDATE sessions SET signed_out_at = now() WHERE browser_id = %s", gone)
    visitors |= {"spectator": Visitor(None, key), "signed out": Visitor(gone), "nobody": Visitor()}
    return Scene(
        find_address(url, cookie_key, Part.WEB),
        Signer(cookie_key),
        ids | threads,
        visitors,
        {who: ids[name] for who, name in people.items()} | {"signed out": ids["ada"]},
    )
