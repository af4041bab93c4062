"""Viewers without a browser. They speak Streamlit's protocol, and the live socket's, as pages do."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from burn_core.room.cookies import COOKIE_NAME

_TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"


@dataclass
class _Live:
    """A live component of the page, with what pages/ui/shared/live.js keeps about it."""

    id: str
    fragment_id: str
    topics: list[str]
    have: int
    wait_ms: int
    rows_of: str | None
    own_of: str | None
    want: int = 0


@dataclass
class Viewer:
    """A tab with a thread open. seen has when each text first arrived, in ns since the epoch."""

    address: str
    cookie: str
    thread_id: str
    seen: dict[str, int] = field(default_factory=dict)
    _components: dict[str, _Live] = field(default_factory=dict)
    _page: str = ""
    _told: list[str] = field(default_factory=list)
    _have: dict[str, int] = field(default_factory=dict)  # revisions by table
    _has_news: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self, is_ready: asyncio.Event) -> None:
        """Open the tab and follow it until cancelled."""
        headers = {"Cookie": f"{COOKIE_NAME}={self.cookie}", "Origin": f"http://{self.address}"}
        stream_url = f"ws://{self.address}/_stcore/stream"
        async with (
            connect(
                stream_url,
                additional_headers=headers,
                subprotocols=[Subprotocol("streamlit")],
                max_size=None,
            ) as stream,
            connect(f"ws://{self.address}/live", additional_headers=headers) as live,
        ):
            await self._run(stream)
            await self._tell(live)
            is_ready.set()
            hearing = asyncio.create_task(self._hear(live))
            try:
                await self._draw_when_stale(stream, live)
            finally:
                hearing.cancel()

    async def _hear(self, live: ClientConnection) -> None:
        async for message in live:
            said = json.loads(message)
            if "tables" in said:
                self._take(said["tables"])
                continue
            for topic, revision in said.items():
                for component in self._components.values():
                    if topic in component.topics:
                        component.want = max(component.want, revision)
            self._has_news.set()

    async def _draw_when_stale(self, stream: ClientConnection, live: ClientConnection) -> None:
        while True:
            stale = [each for each in self._components.values() if each.want > each.have]
            if not stale:
                self._has_news.clear()
                await self._has_news.wait()
                continue
            # As in live.js: the chat at once, then the rest one at a time.
            first = min(stale, key=lambda each: each.wait_ms)
            await asyncio.sleep(first.wait_ms / 1_000)
            await self._run(stream, first)
            await self._tell(live)

    async def _tell(self, live: ClientConnection) -> None:
        components = self._components.values()
        topics = sorted(
            {t for c in components for t in c.topics}
            | {f"rows:{c.rows_of}" for c in components if c.rows_of}
            | {f"own:{c.own_of}" for c in components if c.own_of}
        )
        if topics != self._told:
            await live.send(json.dumps({"topics": topics, "have": self._have}))
            self._told = topics

    def _take(self, tables: dict[str, Any]) -> None:
        """As the store does, as far as what it has can be seen."""
        for name, part in tables.items():
            assert part["since"] in (0, self._have.get(name)), (name, part["since"], self._have)
            self._have[name] = max(self._have.get(name, 0), part["revision"])
            if name == "messages":
                for message in part["put"].values():
                    self.seen.setdefault(message.get("words", ""), time.time_ns())

    async def _run(self, stream: ClientConnection, component: _Live | None = None) -> None:
        """Ask for a run of the whole page, or of a component's fragment, and read all of it."""
        message = BackMsg()
        message.rerun_script.query_string = f"thread={self.thread_id}"
        message.rerun_script.page_script_hash = self._page
        if component is not None:
            message.rerun_script.fragment_id = component.fragment_id
            state = message.rerun_script.widget_states.widgets.add()
            state.id = _TRIGGER.format(component.id)
            state.json_trigger_value = json.dumps([{"event": "changed", "value": component.want}])
        await stream.send(message.SerializeToString())
        is_over = False
        while not is_over:
            is_over = self._read(ForwardMsg.FromString(await stream.recv(decode=False)))

    def _read(self, message: ForwardMsg) -> bool:
        """Return whether the run is over."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._page = message.new_session.page_script_hash
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._read_element(message.delta.new_element, message.delta.fragment_id)
        return kind == "script_finished"

    def _read_element(self, element: Any, fragment_id: str) -> None:
        kind = element.WhichOneof("type")
        if kind != "bidi_component":
            return
        component = element.bidi_component.component_name
        if component == "burn_messages":
            self._take(json.loads(json.loads(element.bidi_component.json)["tables"]))
        elif component == "burn_live":
            data = json.loads(element.bidi_component.json)
            before = self._components.get(element.bidi_component.id)
            self._components[element.bidi_component.id] = _Live(
                element.bidi_component.id,
                fragment_id,
                data["topics"],
                data["have"],
                data["wait_ms"],
                data["rows_of"],
                data["own_of"],
                before.want if before else 0,
            )
