"""Sessions: what each kind of transaction sees."""

from sqlalchemy import Engine, text

from db.connection import begin, begin_reading
from tests.making import Hand


def test_a_reading_transaction_sees_one_moment_and_leaves_the_connection_as_it_was(
    engine: Engine, url: str
) -> None:
    count = text("SELECT count(*) FROM users WHERE type = 'human'")
    with begin_reading(engine) as session:
        assert session.scalar(count) == 0
        Hand(url).make_user("ada")
        assert session.scalar(count) == 0
    with begin(engine) as session:
        assert session.scalar(count) == 1
        assert session.scalar(text("SHOW transaction_isolation")) == "read committed"
        assert session.scalar(text("SHOW transaction_read_only")) == "off"
