"""Tables for people: rows as pandas frames."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from burn_core.explore.facts import FoundFact
from burn_core.explore.timeline import Moment, Span
from burn_core.room.transcript import RunLine


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


def facts_frame(facts: Sequence[FoundFact]) -> pd.DataFrame:
    """One row a fact, in their order. time is when it was written down, in UTC."""
    frame = pd.DataFrame(
        [
            {
                "subject": fact.subject,
                "predicate": fact.predicate,
                "object": fact.object,
                "category": fact.category,
                "confidence": float(fact.confidence),
                "time": fact.inserted_at,
                "disputed": fact.disputed,
                "thread": fact.thread,
            }
            for fact in facts
        ],
        columns=[
            *("subject", "predicate", "object", "category"),
            *("confidence", "time", "disputed", "thread"),
        ],
    )
    return frame.astype({"time": "datetime64[us, UTC]"})


def timeline_frame(moments: Sequence[Moment], spans: Sequence[Span], now: datetime) -> pd.DataFrame:
    """One row an event and one row a run, each in the lane of its author. An event has no end; a
    run that is not finished ends now. All times are UTC.
    """
    events = [
        {
            "lane": moment.author,
            "start": moment.at,
            "end": None,
            "kind": moment.type,
            "words": f"#{moment.seq} {moment.what}",
        }
        for moment in moments
    ]
    runs = [
        {
            "lane": span.agent,
            "start": span.started_at,
            "end": span.finished_at or (now if span.status == "running" else span.started_at),
            "kind": span.status,
            "words": f"read {span.from_seq}–{span.to_seq}: {span.reason}",
        }
        for span in spans
    ]
    frame = pd.DataFrame([*runs, *events], columns=["lane", "start", "end", "kind", "words"])
    return frame.assign(
        start=pd.to_datetime(frame["start"], utc=True), end=pd.to_datetime(frame["end"], utc=True)
    )
