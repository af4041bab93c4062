"""Tables for people: the runs of a thread as a pandas frame."""

from collections.abc import Sequence

import pandas as pd

from burn_core.chat import RunLine


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
