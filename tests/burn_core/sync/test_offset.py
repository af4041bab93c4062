"""Offsets as text: clients keep them, so what an earlier version wrote must still be read."""

import pytest

from burn_core.errors import BadRequest
from burn_core.sync.offset import Offset, read_offset

PLACE = "_7_00000000000000000000000000000001_1767225600_0123abcd"


@pytest.mark.parametrize(
    "text",
    [
        "1:1:__0_00000000000000000000000000000000_1767225600_0123abcd",
        f"737:737:_740:745:740,742{PLACE}",
        f"737:739:737_740:740:{PLACE}",
    ],
)
def test_an_offset_is_read_as_it_was_written(text: str) -> None:
    assert str(read_offset(text)) == text


def test_an_offset_says_where_it_is() -> None:
    offset = read_offset(f"737:737:_740:745:740,742{PLACE}")
    assert (offset.since, offset.until, offset.xid) == ("737:737:", "740:745:740,742", 7)
    assert (offset.id.int, offset.taken_at, offset.fingerprint) == (1, 1767225600, "0123abcd")
    assert not offset.is_first
    assert Offset("0123abcd").is_first


@pytest.mark.parametrize(
    "horizon",
    ["9:5:", "1:9:8,7", "0:0:", "1:9:,", "1:9:9", "3:9:2", "1:9:4,", "1:9", "", "9" * 18 + ":1:"],
)
def test_a_horizon_that_postgres_would_refuse_is_a_bad_request(horizon: str) -> None:
    for text in (f"{horizon}_{PLACE}", f"1:1:_{horizon or 'x'}{PLACE}"):
        with pytest.raises(BadRequest, match="the last line that you read"):
            read_offset(text)


@pytest.mark.parametrize("horizon", ["1:1:", "1:9:", "1:9:1", "1:9:1,1,8", "737:740:738,739"])
def test_a_horizon_that_postgres_would_take_is_read(horizon: str) -> None:
    assert read_offset(f"{horizon}_{horizon}{PLACE}").since == horizon
