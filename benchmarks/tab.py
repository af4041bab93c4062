"""A phone's tab without a browser: it opens a page, fills in a form, presses buttons and posts."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from burn_core.room.cookies import COOKIE_NAME

_RUN_SECONDS = 60
_PHONE = "Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"
_TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"


@dataclass(frozen=True)
class Component:
    """One of Burn's own components, with the fragment that draws it."""

    id: str
    fragment_id: str
    data: Any


@dataclass
class Tab:
    """What the last run of a page has drawn, as far as a visitor needs it."""

    stream: ClientConnection
    query: str
    page: str = ""
    buttons: dict[str, str] = field(default_factory=dict)  # ids by label
    inputs: dict[str, str] = field(default_factory=dict)  # ids by label; "" is the chat's
    said: list[str] = field(default_factory=list)  # errors and toasts
    components: dict[str, "Component"] = field(default_factory=dict)  # by name
    _fragments: dict[str, str] = field(default_factory=dict)  # ids by the id of what they draw
    _typed: dict[str, str] = field(default_factory=dict)  # by id

    def type(self, label: str, text: str) -> None:
        """As in a browser, what is typed stays until something else is."""
        self._typed[self.inputs[label]] = text

    async def press(self, label: str) -> None:
        id = self.buttons[label]
        await self.run(WidgetState(id=id, trigger_value=True), self._fragments[id])

    async def post(self, text: str) -> None:
        state = WidgetState(id=self.inputs[""])
        state.chat_input_value.data = text
        await self.run(state, self._fragments[state.id])

    async def answer(self, name: str, event: str, value: object) -> None:
        """As a component's script does: tell its fragment, which runs."""
        component = self.components[name]
        state = WidgetState(id=_TRIGGER.format(component.id))
        state.json_trigger_value = json.dumps([{"event": event, "value": value}])
        await self.run(state, component.fragment_id)

    async def run(self, trigger: WidgetState | None = None, fragment_id: str = "") -> None:
        """Ask for a run of the whole page, or of a fragment, and read all of it."""
        message = BackMsg()
        message.rerun_script.fragment_id = fragment_id
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        states = message.rerun_script.widget_states.widgets
        states.extend(WidgetState(id=id, string_value=text) for id, text in self._typed.items())
        if trigger is not None:
            states.append(trigger)
        for drawn in (self.buttons, self.inputs, self.said, self.components):
            drawn.clear()
        await self.stream.send(message.SerializeToString())
        async with asyncio.timeout(_RUN_SECONDS):
            while not self._read(ForwardMsg.FromString(await self.stream.recv(decode=False))):
                pass

    def _read(self, message: ForwardMsg) -> bool:
        """Return whether the run is over."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.page = message.new_session.page_script_hash
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._read_element(message.delta.new_element, message.delta.fragment_id)
        return (
            kind == "script_finished"
            and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        )

    def _read_element(self, element: Any, fragment_id: str) -> None:
        match element.WhichOneof("type"):
            case "button":
                self.buttons[element.button.label] = element.button.id
                self._fragments[element.button.id] = fragment_id
            case "text_input":
                self.inputs[element.text_input.label] = element.text_input.id
            case "chat_input":
                self.inputs[""] = element.chat_input.id
                self._fragments[element.chat_input.id] = fragment_id
            case "toast":
                self.said.append(element.toast.body)
            case "alert":
                self.said.append(element.alert.body)
            case "bidi_component":
                component = element.bidi_component
                data = json.loads(component.json or "null")
                drawn = Component(component.id, fragment_id, data)
                self.components[component.component_name] = drawn


@asynccontextmanager
async def open_tab(address: str, query: str, cookie: str = "") -> AsyncIterator[Tab]:
    """A tab with the page drawn. address is host:port."""
    headers = {"Origin": f"http://{address}"}
    if cookie:
        headers["Cookie"] = f"{COOKIE_NAME}={cookie}"
    async with connect(
        f"ws://{address}/_stcore/stream",
        additional_headers=headers,
        user_agent_header=_PHONE,
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        open_timeout=_RUN_SECONDS,
    ) as stream:
        tab = Tab(stream, query)
        await tab.run()
        yield tab
