"""Texts from outside are in no line of JSON."""

import json
import logging
from uuid import uuid4

import pytest

from burn_core import logs
from burn_core.errors import BadAgent
from burn_core.logs import Quote, about_run


def write(message: str, *args: object) -> dict[str, str]:
    record = logging.LogRecord("burn", logging.WARNING, "a.py", 1, message, args, None)
    line: dict[str, str] = json.loads(logs._JsonFormatter().format(record))
    return line


def test_a_quote_is_in_texts_and_not_in_json() -> None:
    assert f"{Quote('geese')}" == "geese"
    assert write("it said %s", Quote("geese"))["message"] == (
        "it said (5 characters, which only logs as text have)"
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [(BadAgent("no such tool"), "no such tool"), (ValueError("geese"), "ValueError")],
)
def test_only_burns_own_errors_say_what_was_wrong(error: Exception, words: str) -> None:
    assert write("failed: %s", error)["message"] == f"failed: {words}"


def test_ids_are_those_of_the_run_that_is_executed() -> None:
    run_id, thread_id = uuid4(), uuid4()
    with about_run(run_id, thread_id):
        line = write("in it")
    assert (line["run_id"], line["thread_id"]) == (str(run_id), str(thread_id))
    assert "run_id" not in write("after it")
