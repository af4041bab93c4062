"""Tables for people: rows as pandas frames."""

from collections.abc import Sequence

import pandas as pd

from burn_core.chat import RunLine
from burn_core.tables.facts import FoundFact


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
