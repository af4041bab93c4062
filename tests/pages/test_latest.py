"""What keeps only the values that were used last."""

from pages.ui.shared.latest import Latest


def test_the_value_that_was_used_longest_ago_makes_room() -> None:
    latest = Latest[str, int](2)
    latest.keep("a", 1)
    latest.keep("b", 2)
    assert latest.find("a") == 1
    latest.keep("c", 3)
    assert [latest.find(key) for key in ("a", "b", "c")] == [1, None, 3]


def test_large_values_take_the_room_of_several() -> None:
    latest = Latest[str, str](10, len)
    for key, size in (("a", 3), ("b", 3), ("c", 3), ("d", 5)):
        latest.keep(key, key * size)
    assert [latest.find(key) is not None for key in "abcd"] == [False, False, True, True]
    latest.keep("e", "e" * 11)
    assert [latest.find(key) is not None for key in "abcde"] == [False, False, True, True, False]
