"""What runs have taken, and what the caps leave for others.

It is counted as runs end (db/spending.sql), so all workers count together; a run under way counts as one
call. At a cap nothing is claimed: the agents stay due until the hour or the day is over, and their
memberships say which cap they wait for; or until somebody raises it. Hours and days are those of UTC.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from burn_core.runs.caps import Cap, Period, Scope, What
from burn_core.runs.decision import Decision
from burn_core.runs.status import Status
from db.connection import Query


@dataclass(frozen=True, slots=True)
class Held:
    """An agent that would speak, and the cap that keeps it from doing so."""

    membership_id: UUID
    cap: Cap


# What somebody has spent of what: their id, which the instance hasn't, and how much.
Near = tuple[Scope, UUID | None, What, Period, int]
# What was spent, where that is near a cap: less than this is left of it.
_MARGIN = {"calls": 1_000, "tokens": 20_000_000}
_NEAR = """
    WITH spent AS (
        SELECT whose, whose_id, hour, calls, tokens FROM spending
        WHERE hour >= date_trunc('day', now(), 'UTC') {condition}
        UNION ALL
        SELECT whose, whose_id, date_trunc('hour', now(), 'UTC'), 1, 0
        FROM runs r
        CROSS JOIN LATERAL (VALUES ('thread', thread_id), ('person', charged_to))
            AS payer(whose, whose_id)
        WHERE r.status = 'running' AND r.attempts = 0 AND whose_id IS NOT NULL {condition}
    ), summed AS (
        SELECT CASE grouping(whose_id) WHEN 0 THEN whose ELSE 'instance' END AS scope, whose_id,
            sum(calls) AS calls_day, sum(tokens) AS tokens_day,
            sum(calls) FILTER (WHERE hour = date_trunc('hour', now(), 'UTC')) AS calls_hour,
            sum(tokens) FILTER (WHERE hour = date_trunc('hour', now(), 'UTC')) AS tokens_hour
        FROM spent
        GROUP BY GROUPING SETS ((whose, whose_id), (whose))
        HAVING grouping(whose_id) = 0 OR whose = 'thread'
    ), near AS (
        SELECT scope, whose_id, what, period, most, coalesce(
            CASE what || '_' || period
                WHEN 'calls_hour' THEN calls_hour WHEN 'calls_day' THEN calls_day
                WHEN 'tokens_hour' THEN tokens_hour ELSE tokens_day END, 0)::bigint AS amount
        FROM summed JOIN jsonb_to_recordset(CAST(:caps AS jsonb))
            AS c(scope text, what text, period text, most bigint) USING (scope)
    )
    SELECT scope, whose_id, what, period, amount FROM near
    WHERE amount + CASE what WHEN 'calls' THEN :calls ELSE :tokens END > most
"""
_NEAR_OF_ALL = text(_NEAR.format(condition=""))
_NEAR_OF_SOME = text(_NEAR.format(condition="AND whose_id = ANY(:ids)"))

_HOLD = text("""
    UPDATE memberships m SET waits_for = h.waits_for,
        wakes_at = date_trunc(h.period, now(), 'UTC')
            + make_interval(hours => CASE h.period WHEN 'day' THEN 24 ELSE 1 END)
    FROM jsonb_to_recordset(CAST(:held AS jsonb))
        AS h(membership_id uuid, period text, waits_for text)
    WHERE m.id = h.membership_id
    RETURNING m.id
""")

# Rows that others are about to change are left to them.
_RELEASE = text("""
    UPDATE memberships SET waits_for = NULL, wakes_at = NULL WHERE id IN (
        SELECT id FROM memberships WHERE waits_for IS NOT NULL AND waits_for <> ALL(:keys)
        FOR UPDATE SKIP LOCKED)
""")


def select_near(caps: Sequence[Cap], ids: Collection[UUID] | None) -> list[Query]:
    """The query for what was spent, where that is near a cap: by everybody, or by the threads and people
    of these ids.
    """
    if not caps:
        return []
    values = {"caps": json.dumps([asdict(cap) for cap in caps]), **_MARGIN}
    return [(_NEAR_OF_ALL, values) if ids is None else (_NEAR_OF_SOME, values | {"ids": list(ids)})]


def find_near(caps: Sequence[Cap], near: Iterable[Near]) -> frozenset[UUID] | None:
    """Who is near a cap: the ids of threads and people, or None for everybody.

    Everybody is near one of the instance's, and one so small that those who have spent nothing are, too.
    """
    ids = {whose_id for _, whose_id, *_ in near}
    is_any_small = any(cap.most <= _MARGIN[cap.what] for cap in caps)
    return None if is_any_small or None in ids else frozenset(filter(None, ids))


def update_held(held: Sequence[Held]) -> list[Query]:
    """The statement that lets these agents wait until their caps no longer hold."""
    rows = [
        {
            "membership_id": str(each.membership_id),
            "period": each.cap.period,
            "waits_for": each.cap.key,
        }
        for each in held
    ]
    return [(_HOLD, {"held": json.dumps(rows)})] if held else []


def release(session: Session, caps: Sequence[Cap]) -> None:
    """Wake the agents that wait for caps which are no longer set so."""
    session.execute(_RELEASE, {"keys": [cap.key for cap in caps]})


def hold_back(
    decisions: Sequence[Decision],
    caps: Sequence[Cap],
    near: Iterable[Near],
) -> tuple[list[Decision], list[Held]]:
    """The decisions that the caps allow, and the agents that they hold back.

    near is what select_near gave. Silence costs nothing, so it is always allowed.
    """
    spent = Counter({(scope, id, what, period): spent for scope, id, what, period, spent in near})
    allowed, held = [], []
    for each in decisions:
        if each.status != Status.RUNNING:
            allowed.append(each)
            continue
        payers = {"thread": each.due.thread_id, "person": each.charged_to, "instance": None}
        keys = {
            (cap.scope, payers[cap.scope], cap.what, cap.period): cap
            for cap in caps
            if cap.scope != "person" or each.charged_to is not None
        }
        full = next((cap for key, cap in keys.items() if spent[key] >= cap.most), None)
        if full is not None:
            held.append(Held(each.due.membership_id, full))
            continue
        allowed.append(each)
        spent.update(key for key in keys if key[2] == "calls")
    return allowed, held
