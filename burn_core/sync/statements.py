"""The statements: what is new to a subscriber between two horizons, a page at a time.

A row is new when it changed, or when the subscriber joined its thread. It is gone when it was
deleted, or when the subscriber left its thread. A row that changes again while its batch is being
read moves to the next batch, and so do rows that come or go with a membership.

A page ends after :limit rows, or with the row that makes it longer than :most_bytes.
"""

from sqlalchemy import TextClause, text


def _is_in(horizon: str, xid: str) -> str:
    return f"pg_visible_in_snapshot({xid}, CAST(:{horizon} AS pg_snapshot))"


def _is_after(horizon: str, xid: str) -> str:
    # The first condition follows from the second, but only the first can use an index.
    lowest = f"pg_snapshot_xmin(CAST(:{horizon} AS pg_snapshot))"
    return f"{xid} >= {lowest} AND NOT {_is_in(horizon, xid)}"


def _is_new(xid: str) -> str:
    return f"{_is_after('since', xid)} AND {_is_in('until', xid)}"


def _page(xid: str, id: str) -> str:
    place = "(CAST(:xid AS xid8), CAST(:id AS uuid))"
    return f"AND ({xid}, {id}) > {place} ORDER BY {xid}, {id} LIMIT :limit"


_NARROW = "(CAST(:thread_id AS uuid) IS NULL OR thread_id = CAST(:thread_id AS uuid))"
_MEMBERS = f"""
    SELECT thread_id, joined_in FROM memberships
    WHERE user_id = CAST(:user_id AS uuid) AND {_NARROW}"""
# Spectators count as having been there from the start.
_SPECTATORS = "SELECT CAST(:thread_id AS uuid) AS thread_id, CAST('1' AS xid8) AS joined_in"

_ROWS_OF_THREADS = f"""
    (SELECT r.changed_in AS xid, r.id, false AS is_gone
    FROM {{table}} r JOIN mine ON mine.thread_id = r.{{thread_id}}
    WHERE {_is_new("r.changed_in")} AND {_is_in("until", "mine.joined_in")}
    {_page("r.changed_in", "r.id")})
    UNION ALL
    (SELECT r.changed_in, r.id, false
    FROM {{table}} r JOIN mine ON mine.thread_id = r.{{thread_id}}
    WHERE {_is_new("mine.joined_in")} AND {_is_in("since", "r.changed_in")}
    {_page("r.changed_in", "r.id")})"""

_USERS = f"""
    (SELECT r.changed_in AS xid, r.id, false AS is_gone
    FROM users r JOIN (
        SELECT m.user_id, bool_or(
            {_is_in("since", "m.joined_in")} AND {_is_in("since", "mine.joined_in")}
        ) AS was_seen
        FROM mine JOIN memberships m ON m.thread_id = mine.thread_id
        WHERE {_is_in("until", "m.joined_in")} AND {_is_in("until", "mine.joined_in")}
        GROUP BY m.user_id
    ) seen ON seen.user_id = r.id
    WHERE {_is_in("until", "r.changed_in")}
        AND NOT (was_seen AND {_is_in("since", "r.changed_in")})
    {_page("r.changed_in", "r.id")})"""

# source is the table whose rows come and go: memberships for users, and the table itself otherwise.
_STATEMENT = f"""
WITH mine AS NOT MATERIALIZED ({{mine}}),
left_since AS (
    SELECT thread_id, changed_in FROM deletions
    WHERE table_name = 'memberships' AND user_id = CAST(:user_id AS uuid) AND {_NARROW}
        AND {_is_after("since", "changed_in")}
),
left_for_good AS (
    SELECT thread_id FROM left_since WHERE {_is_in("until", "changed_in")}
    EXCEPT SELECT thread_id FROM mine
),
gone AS (
    SELECT {{gone_id}} AS id FROM deletions
    WHERE table_name = '{{source}}' AND {_is_new("changed_in")}
        AND thread_id IN (SELECT thread_id FROM mine UNION ALL SELECT thread_id FROM left_since)
    UNION
    SELECT {{id}} FROM {{source}} WHERE {{thread_id}} IN (SELECT thread_id FROM left_for_good)
    UNION
    -- The same for a visitor, to whom row-level security no longer shows the rows.
    SELECT left_id FROM left_for_good, burn_left_ids('{{table}}', thread_id) left_id
    UNION
    SELECT {{gone_id}} FROM deletions
    WHERE table_name = '{{source}}' AND {_is_after("until", "changed_in")}
        AND thread_id IN (SELECT thread_id FROM left_for_good)
),
page AS (
    {{rows}}
    UNION ALL
    -- Deletions come last: rows of a thread that the subscriber has left have no changed_in to be
    -- ordered by.
    (SELECT last.xid, gone.id, true
    FROM gone, pg_snapshot_xmax(CAST(:until AS pg_snapshot)) last (xid)
    WHERE NOT CAST(:is_first AS boolean) AND NOT EXISTS (
        SELECT FROM {{source}} s JOIN mine ON mine.thread_id = s.{{thread_id}}
        WHERE s.{{id}} = gone.id
    )
    {_page("last.xid", "gone.id")})
    ORDER BY 1, 2 LIMIT :limit
)
SELECT xid::text, id, row, bytes FROM (
    SELECT *, sum(length) OVER (ORDER BY xid, id ROWS UNBOUNDED PRECEDING) AS bytes FROM (
        SELECT *, coalesce(octet_length(row), 0) AS length FROM (
            SELECT page.xid, page.id, CASE WHEN NOT is_gone THEN
                (SELECT row_to_json(r)::text FROM (SELECT {{columns}}) r) END AS row
            FROM page LEFT JOIN {{table}} t ON t.id = page.id
            ORDER BY page.xid, page.id OFFSET 0
        ) written
    ) measured
) summed WHERE bytes - length < :most_bytes ORDER BY xid, id
"""


def _write(table: str, columns: str) -> dict[bool, TextClause]:
    """The statement for a table, by whether a spectator asks. Columns are named one by one, so that
    none of them can be a secret.
    """
    is_users = table == "users"
    parts = {
        "table": table,
        "columns": ", ".join(
            f"t.{name}" for name in ["id", *columns.split(), "inserted_at", "updated_at"]
        ),
        "source": "memberships" if is_users else table,
        "id": "user_id" if is_users else "id",
        "gone_id": "user_id" if is_users else "row_id",
        "thread_id": "id" if table == "threads" else "thread_id",
    }
    rows = (_USERS if is_users else _ROWS_OF_THREADS).format(**parts)
    return {
        is_spectator: text(_STATEMENT.format(mine=mine, rows=rows, **parts))
        for is_spectator, mine in ((False, _MEMBERS), (True, _SPECTATORS))
    }


STATEMENTS = {
    "users": _write("users", "type name avatar_url deleted_at"),
    "threads": _write("threads", "name status last_seq forgotten_at"),
    "memberships": _write(
        "memberships",
        "thread_id user_id role last_seen_seq due_since wakes_at failures waits_for tapped_out_at",
    ),
    "events": _write("events", "thread_id user_id type data seq"),
    "facts": _write(
        "facts",
        "thread_id subject_id source_event_id tool_use_event_id predicate object category"
        " confidence disputed hearsay confirmed_at superseded_by_id forgotten_at",
    ),
}
