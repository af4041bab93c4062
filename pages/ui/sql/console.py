"""The SQL console: an editor, its results, and queries to start from."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import streamlit as st

from burn_core.console.console import MAX_CHARACTERS
from burn_core.console.lessons import LESSONS
from burn_core.errors import BadQuery, NoReadOnlyRole, UserError
from burn_core.room.limits import QUERIES
from db.read_only.query import QueryResult
from pages.ui.shared.database import find_browser_id
from pages.ui.shared.latest import Latest
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.markdown import escape
from pages.ui.shared.resources import get_console, get_rate_limits
from pages.ui.shared.visitor import get_visitor, is_host
from pages.ui.sql.result import draw_result

_EDITOR = "query"  # in the address too
_LINKED = "linked_query"
_KEPT = 30
_TITLE_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class PastQuery:
    """A query that was run, and how it went."""

    query: str
    outcome: str
    at: datetime


# The latest of all people, so that nobody fills the memory with theirs: each has up to 5 million
# characters.
_RESULTS = Latest[UUID, QueryResult](30)


@dataclass(slots=True)
class Desk:
    """What somebody has run in this tab, as a host or not. It ends with the tab's session."""

    is_host: bool
    history: list[PastQuery] = field(default_factory=list)
    result: UUID | None = None  # among the kept ones
    problem: UserError | None = None


def draw_console() -> None:
    visitor = get_visitor()
    desk = _get_desk(visitor.id)
    _take_from_address()
    left, right = st.columns([3, 2], gap="large")
    with left:
        _draw_editor(visitor.id, desk)
        _draw_outcome(desk)
    with right:
        _draw_lessons()
        _draw_history(desk)


def _get_desk(user_id: UUID) -> Desk:
    # One per person: somebody else may sign in in the same tab. And another one when they become a
    # host, or no longer are.
    key = f"desk-{user_id}-{is_host()}"
    desk: Desk = st.session_state.setdefault(key, Desk(is_host()))
    return desk


def _take_from_address() -> None:
    """A link fills the editor, once. It runs nothing: somebody else may have written it."""
    linked = st.query_params.get(_EDITOR)
    if linked is not None and linked != st.session_state.get(_LINKED):
        st.session_state[_LINKED] = linked
        st.session_state[_EDITOR] = linked


def _draw_editor(user_id: UUID, desk: Desk) -> None:
    query = st.text_area(
        "Query",
        key=_EDITOR,
        height=220,
        placeholder="SELECT …",
        persist_state="session",
    )
    with st.container(horizontal=True, vertical_alignment="center", key="console"):
        pressed = st.button(
            "Run", key="run", type="primary", icon=":material/play_arrow:", shortcut="Ctrl+Enter"
        )
        if pressed:
            with st.spinner("Postgres is working…", show_time=True):
                _run(user_id, desk, query or "")


def _run(user_id: UUID, desk: Desk, query: str) -> None:
    desk.result = desk.problem = None
    try:
        get_rate_limits().check((QUERIES, user_id))
        result = get_console().run(find_browser_id(), query)
        desk.result, rows = uuid4(), _count_rows(result)
        _RESULTS.keep(desk.result, result)
    except UserError as error:
        desk.problem, rows = error, "refused"
    if len(query) > MAX_CHARACTERS:  # refused, and too long for an address
        return
    desk.history = [past for past in desk.history if past.query != query][: _KEPT - 1]
    desk.history.insert(0, PastQuery(query, rows, datetime.now(UTC)))
    # The address always links to the query that is shown.
    st.session_state[_LINKED] = st.query_params[_EDITOR] = query


@st.fragment(key="outcome")
def _draw_outcome(desk: Desk) -> None:
    visitor = get_visitor()
    topics = [f"users:{visitor.id}"]
    revision = read_revision(*topics)
    if is_host() != desk.is_host:
        # What the last query showed may no longer be theirs to see.
        st.rerun()
    match desk.problem:
        case BadQuery() as problem:
            st.error(escape(str(problem)), icon=":material/error:")
            if problem.excerpt:
                st.code(problem.excerpt, language=None)
        case NoReadOnlyRole() as problem:
            st.warning(str(problem), icon=":material/key_off:")
        case UserError() as problem:
            st.error(escape(str(problem)), icon=":material/error:")
    if desk.result is not None:
        if result := _RESULTS.find(desk.result):
            st.caption(f"{_count_rows(result)} in {result.milliseconds:,.1f} ms")
            draw_result(result)
        else:
            st.info(
                "Only the latest results are kept, and this is no longer one. Run the query again."
            )
    follow("outcome", topics, revision)


def _count_rows(result: QueryResult) -> str:
    if not result.columns:
        return "done, no rows"
    if result.has_more:
        return f"the first {len(result.rows):,} rows (there are more)"
    return f"{len(result.rows):,} {'row' if len(result.rows) == 1 else 'rows'}"


def _draw_lessons() -> None:
    st.markdown(f"**Agents are database state: {len(LESSONS)} lessons**")
    with st.container(height=440, gap="xsmall"):
        for number, lesson in enumerate(LESSONS, 1):
            _offer(f"lesson-{number}", f"{number}. {lesson.title}", lesson.sentence, lesson.query)


def _draw_history(desk: Desk) -> None:
    if not desk.history:
        return
    st.markdown("**Queries run in this tab**")
    with st.container(height=240, gap="xsmall"):
        for number, past in enumerate(desk.history):
            label = escape(_cut(past.query)) or "nothing"
            _offer(f"past-{number}", label, f"{past.at:%H:%M:%S} UTC, {past.outcome}", past.query)


def _offer(key: str, label: str, about: str, query: str) -> None:
    """A query that a click puts into the editor."""
    with st.container(gap=None, key=key):
        help = "Put it into the editor"
        st.button(label, key=f"put-{key}", type="tertiary", help=help, on_click=_put, args=[query])
        st.caption(about)


def _put(query: str) -> None:
    st.session_state[_EDITOR] = query


def _cut(query: str) -> str:
    line = " ".join(query.split())
    return line if len(line) <= _TITLE_CHARACTERS else f"{line[:_TITLE_CHARACTERS]}…"
