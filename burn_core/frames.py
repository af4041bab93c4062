"""Tables for people: the rows of a thread as pandas frames."""

import json
from collections.abc import Sequence

import pandas as pd

from burn_core.chat import Message, RunLine
from burn_core.memory import Fact


def facts_frame(facts: Sequence[Fact]) -> pd.DataFrame:
    """One row a fact. confidence is 0 to 1."""
    return pd.DataFrame(
        [
            {
                "subject": fact.subject,
                "predicate": fact.predicate,
                "object": fact.object,
                "confidence": float(fact.confidence),
                "category": fact.category,
                "disputed": fact.disputed,
            }
            for fact in facts
        ],
        columns=["subject", "predicate", "object", "confidence", "category", "disputed"],
    )


def events_frame(messages: Sequence[Message]) -> pd.DataFrame:
    """One row an event, newest first. data is JSON text."""
    return pd.DataFrame(
        [
            {
                "seq": message.event.seq,
                "type": message.event.type,
                "by": message.author.name,
                "data": json.dumps(message.event.data, ensure_ascii=False),
            }
            for message in reversed(messages)
        ],
        columns=["seq", "type", "by", "data"],
    )


def runs_frame(runs: Sequence[RunLine]) -> pd.DataFrame:
    """One row a run. seconds is how long it took, empty while it runs."""
    return pd.DataFrame(
        [
            {
                "agent": run.agent,
                "status": run.status,
                "reason": run.reason,
                "events": f"{run.from_seq}–{run.to_seq}",
                "model": run.model,
                "tokens": run.tokens,
                "seconds": (
                    (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
                ),
                "tries": run.attempts,
                "error": run.error,
            }
            for run in runs
        ],
        columns=[
            *("agent", "status", "reason", "events"),
            *("model", "tokens", "seconds", "tries", "error"),
        ],
    )
