"""Rows as pandas frames, for tables and charts on the screen."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from burn_core.explore.timeline import Moment
from burn_core.facts import FactRecord
from burn_core.runs.record import RunRecord


def facts_frame(facts: Sequence[FactRecord]) -> pd.DataFrame:
    """One row per fact, in the given order. time is when it was written down, in UTC."""
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


def timeline_frame(
    moments: Sequence[Moment], runs: Sequence[RunRecord], now: datetime
) -> pd.DataFrame:
    """One row per event and per run, each in the lane of its author. Events have no end, and a run
    that isn't finished ends now. All times are UTC.
    """
    points = [
        {
            "lane": moment.author,
            "start": moment.at,
            "end": None,
            "kind": moment.type,
            "words": f"#{moment.seq} {moment.what}",
        }
        for moment in moments
    ]
    bars = [
        {
            "lane": run.agent,
            "start": run.started_at,
            "end": run.finished_at or (now if run.status == "running" else run.started_at),
            "kind": run.status,
            "words": f"read {run.from_seq}–{run.to_seq}: {run.reason}",
        }
        for run in runs
    ]
    frame = pd.DataFrame([*bars, *points], columns=["lane", "start", "end", "kind", "words"])
    return frame.assign(
        start=pd.to_datetime(frame["start"], utc=True), end=pd.to_datetime(frame["end"], utc=True)
    )
