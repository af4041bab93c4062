"""Every message that Streamlit takes from a browser, sent by somebody who isn't signed in.

docs/browser-messages.md says what each does.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import (
    BackendOperationRequest,
    BackMsg,
    DataframeChunkRequestPayload,
    DeferredFileRequestPayload,
    DismissSkillsNudgeRequestPayload,
    InstallSkillsRequestPayload,
)
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileURLsRequest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from burn_core.room.cookies import COOKIE_NAME
from tests.end_to_end.tabs import OpenAs, find_words
from tests.end_to_end.test_doors import ask, sign_in
from tests.making import Hand


@pytest.mark.parametrize("origin", ["http://localhost:9999", "http://evil.example", "null"])
def test_pages_of_other_origins_cant_open_a_page(address: str, origin: str) -> None:
    with pytest.raises(InvalidStatus), streaming(address, Origin=origin):
        pass


@pytest.mark.parametrize("path", ["/_stcore/stream", "/live"])
def test_what_names_no_origin_cant_open_a_socket(address: str, path: str) -> None:
    """A browser always names one."""
    with (
        pytest.raises(InvalidStatus),
        connect(address.replace("http", "ws", 1) + path, subprotocols=[Subprotocol("streamlit")]),
    ):
        pass


@pytest.mark.parametrize(
    "path", ["/_stcore/stream%0A", "/_stcore/stream%0a?x", "/live%0A", "/_stcore/stream/", "/other"]
)
def test_a_socket_has_one_address(address: str, path: str) -> None:
    """The router takes a line break at the end of a path for nothing."""
    url = address.replace("http", "ws", 1) + path
    for origin in (address, "http://evil.example"):
        with (
            pytest.raises(InvalidStatus),
            connect(
                url,
                subprotocols=[Subprotocol("streamlit")],
                additional_headers={"Origin": origin},
            ),
        ):
            pass


HEARTBEAT = BackMsg(app_heartbeat=True)
WHOLE_PAGE = BackMsg(rerun_script=ClientState())


@contextmanager
def streaming(address: str, *protocols: str, **headers: str) -> Iterator[ClientConnection]:
    """A websocket to Streamlit, without a cookie unless the headers have one."""
    url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(
        url,
        subprotocols=[Subprotocol(each) for each in protocols or ["streamlit"]],
        additional_headers={"Origin": address} | headers,
        open_timeout=10,
        max_size=None,
    ) as stream:
        yield stream


def list_answers(stream: ClientConnection, *messages: BackMsg) -> list[ForwardMsg]:
    """What the server sends up to its answer to a heartbeat that follows the messages."""
    for message in (*messages, HEARTBEAT):
        stream.send(message.SerializeToString())
    return read_up_to(stream, "heartbeat_ack")[:-1]


def run_page(stream: ClientConnection, **state: object) -> list[ForwardMsg]:
    """What a run of the page sends, up to its end."""
    stream.send(BackMsg(rerun_script=ClientState(**state)).SerializeToString())  # type: ignore[arg-type]
    return read_up_to(stream, "script_finished")


def read_up_to(stream: ClientConnection, type: str) -> list[ForwardMsg]:
    """What the server sends up to a message of that type, within 60 s."""
    deadline = time.monotonic() + 60
    answers: list[ForwardMsg] = []
    while not answers or answers[-1].WhichOneof("type") != type:
        assert time.monotonic() < deadline, f"no {type} in 60 s"
        answers.append(ForwardMsg.FromString(stream.recv(timeout=20, decode=False)))
    return answers


def operate(**payload: object) -> BackMsg:
    request = BackendOperationRequest(request_id="1", session_id="1", **payload)  # type: ignore[arg-type]
    return BackMsg(backend_operation_request=request)


@pytest.mark.parametrize(
    "message",
    [
        BackMsg(clear_cache=True),
        BackMsg(set_run_on_save=True),
        BackMsg(load_git_info=True),
        BackMsg(debug_disconnect_websocket=True),
        BackMsg(debug_shutdown_runtime=True),
        BackMsg(file_urls_request=FileURLsRequest(request_id="1", file_names=["a"] * 1000)),
        operate(install_skills=InstallSkillsRequestPayload()),
        operate(dismiss_skills_nudge=DismissSkillsNudgeRequestPayload()),
        operate(),
        BackMsg(),
    ],
    ids=lambda message: str(message).partition(":")[0].partition(" {")[0] or "nothing",
)
def test_what_no_page_sends_is_ignored(address: str, message: BackMsg) -> None:
    with streaming(address) as stream:
        assert list_answers(stream, message) == []
    assert ask(address, "GET", "/_stcore/health")[0] == 200


def test_every_message_that_streamlit_knows_is_decided_on() -> None:
    """A later version of Streamlit may take more."""
    assert {field.name for field in BackMsg.DESCRIPTOR.fields} == {
        *("rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"),
        *("clear_cache", "set_run_on_save", "load_git_info", "file_urls_request"),
        *("debug_disconnect_websocket", "debug_shutdown_runtime"),
    }
    assert {field.name for field in BackendOperationRequest.DESCRIPTOR.fields} == {
        *("request_id", "session_id", "deferred_file", "dataframe_chunk"),
        *("install_skills", "dismiss_skills_nudge"),
    }


def make_widget_of_many_values() -> WidgetState:
    """In less than 1 MB. Streamlit would take 15 MB of memory for it."""
    widget = WidgetState(id="x")
    widget.string_array_value.data.extend([""] * 490_000)
    return widget


@pytest.mark.parametrize("frame", [b"\xff" * 100, b"", "text", "[]", bytes(range(256))])
def test_a_malformed_frame_is_ignored(address: str, frame: bytes | str) -> None:
    with streaming(address) as stream:
        stream.send(frame)
        assert list_answers(stream) == []


@pytest.mark.parametrize(
    "state",
    [
        ClientState(query_string="x" * 1_000_001),
        ClientState(query_string="a&" * 1_001),
        ClientState(widget_states=WidgetStates(widgets=[WidgetState()] * 1_001)),
        ClientState(widget_states=WidgetStates(widgets=[WidgetState()] * 600_000)),
        ClientState(widget_states=WidgetStates(widgets=[make_widget_of_many_values()])),
        ClientState(cached_message_hashes=[""] * 5_001),
    ],
    ids=["long", "many parts", "many widgets", "600,000 widgets", "many values", "many hashes"],
)
def test_a_message_that_is_too_large_ends_its_own_connection_only(
    address: str, state: ClientState
) -> None:
    with streaming(address) as stream, streaming(address) as other:
        stream.send(BackMsg(rerun_script=state).SerializeToString())
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(timeout=10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009  # too big
        assert list_answers(other) == []


def test_a_message_of_the_largest_size_is_taken(address: str) -> None:
    with streaming(address) as stream:
        shown = read_words(run_page(stream, query_string="x" * 999_000))
    assert "Your name" in shown


def test_files_and_frames_of_others_cannot_be_asked_for(address: str) -> None:
    with streaming(address) as stream:
        for message in (
            operate(deferred_file=DeferredFileRequestPayload(file_id=uuid4().hex)),
            operate(dataframe_chunk=DataframeChunkRequestPayload(source_id=uuid4().hex, limit=10)),
        ):
            stream.send(message.SerializeToString())
            answer = ForwardMsg.FromString(stream.recv(timeout=20, decode=False))
            assert "Invalid session ID" in answer.backend_operation_response.error_msg


def read_words(answers: list[ForwardMsg]) -> str:
    return " ".join(str(answer) for answer in answers)


def test_a_forged_run_shows_the_sign_in_page_and_does_nothing(
    hand: Hand, ada: UUID, thread_id: UUID, address: str, open_as: OpenAs
) -> None:
    """Fragments, pages and widgets of somebody else's page, in the same app at the same time."""
    hand.say(thread_id, ada, "a secret")
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(find_words(tab, "a secret")).to_be_visible()
    events = hand.value("SELECT count(*) FROM events")
    keys = ("line-Roast me!", "tap", "edit", "leave", "close", "share", "make-host", "run")
    pressed = [
        state
        for key in keys
        for id in (key, f"$$ID-0-{key}", f"$$ID-{'0' * 32}-{key}", f"$$ID-{'0' * 32}-None")
        for state in (
            WidgetState(id=id, trigger_value=True),
            WidgetState(id=id + "s", string_value="\x00\u202e" * 100),
            WidgetState(id=id + "j", json_value="not JSON"),
        )
    ]
    forged: list[dict[str, object]] = [
        {"query_string": f"thread={thread_id}", "widget_states": WidgetStates(widgets=pressed)},
        {"query_string": "thread=" + "9" * 10_000},
        {"query_string": "&&==%00%ff;thread[]=1&embed=true&embed_options=show_toolbar"},
        {"page_script_hash": "f" * 32, "query_string": f"thread={thread_id}"},
        {"page_name": "../../app", "query_string": f"thread={thread_id}"},
        {"page_name": "sql", "query_string": "query=SELECT+1"},
        {"cached_message_hashes": [uuid4().hex] * 1000},
        {"is_auto_rerun": True, "is_history_navigation": True},
    ]
    for state in forged:
        with streaming(address) as stream:
            shown = read_words(run_page(stream, **state))
        # Forged widgets can make the run fail, in their own tab.
        assert "Your name" in shown or (
            "Something went wrong" in shown and "widget_states" in state
        )
        assert "a secret" not in shown
        assert "Traceback" not in shown
    with streaming(address) as stream:
        # A fragment that this connection doesn't have isn't run.
        lost = ClientState(fragment_id=uuid4().hex, query_string=f"thread={thread_id}")
        assert list_answers(stream, BackMsg(rerun_script=lost)) == []
    assert hand.value("SELECT count(*) FROM events") == events
    assert hand.type("SELECT name FROM users WHERE is_host") == []


def test_nobody_goes_on_with_an_earlier_session(
    hand: Hand, ada: UUID, thread_id: UUID, address: str
) -> None:
    hand.say(thread_id, ada, "a secret")
    state = {"query_string": f"thread={thread_id}"}
    own = f"{COOKIE_NAME}={sign_in(hand, ada)}"
    with streaming(address, Cookie=own) as stream:
        shown = run_page(stream, **state)
        assert "a secret" in read_words(shown)
        [id] = list_sessions(shown)
    with streaming(address, "streamlit", "no-token", id) as stream:
        shown = run_page(stream, **state)
        assert "Your name" in read_words(shown)
        assert "a secret" not in read_words(shown)
    # Not even its owner: what was lost with the connection would be missing from the page.
    with streaming(address, "streamlit", "no-token", id, Cookie=own) as stream:
        assert id not in list_sessions(run_page(stream, **state))


def list_sessions(shown: list[ForwardMsg]) -> list[str]:
    return [it.new_session.initialize.session_id for it in shown if it.HasField("new_session")]


def test_stopping_a_run_stops_ones_own(
    hand: Hand, ada: UUID, thread_id: UUID, address: str, open_as: OpenAs
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(tab.get_by_role("button", name="Edit")).to_be_visible()
    with streaming(address) as stream:
        list_answers(stream, BackMsg(stop_script=True))
        hand.say(thread_id, ada, "still here")
        expect(find_words(tab, "still here")).to_be_visible()


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x00\xff",
        "nonsense",
        "[" * 100_000,
        '{"a": 1}',
        '["\\ud800", 1, null, "events:\\u0000"]',
    ],
    ids=["empty", "bytes", "words", "deep", "object", "surrogate"],
)
def test_an_odd_frame_takes_nothing_from_a_tabs_live_socket(
    address: str, frame: bytes | str
) -> None:
    headers = {"Origin": address}
    with connect(f"{address.replace('http', 'ws', 1)}/live", additional_headers=headers) as live:
        live.send(frame)
        live.send('["anything"]')
        assert "anything" in live.recv(timeout=10, decode=True)


def test_text_that_is_no_text_closes_the_live_socket(address: str) -> None:
    headers = {"Origin": address}
    with connect(f"{address.replace('http', 'ws', 1)}/live", additional_headers=headers) as live:
        live.send(b"\xff\xff", text=True)
        with pytest.raises(ConnectionClosed) as closed:
            live.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007  # no text
