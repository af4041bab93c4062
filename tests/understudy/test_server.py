"""The understudy over HTTP, with the real client."""

import socket
import time

import anthropic
import httpx2 as httpx
import pytest
from anthropic.types import ToolUseBlock

from tests.understudy.scene import PRODUCER_TOOLS, Scene, make_id
from understudy import UnderstudyServer


def make_scene() -> Scene:
    scene = Scene()
    scene.system("ada", "created")
    scene.say("ada", "I like chess and cooking")
    return scene


def test_the_real_client_gets_one_tool_use() -> None:
    with UnderstudyServer() as server:
        client = anthropic.Anthropic(api_key="none", base_url=server.url, max_retries=0)
        message = client.messages.create(
            model="any",
            max_tokens=500,
            system=[{"type": "text", "text": "You are Sarah."}],
            messages=[{"role": "user", "content": make_scene().context}],
            tools=[{"name": n, "input_schema": {"type": "object"}} for n in PRODUCER_TOOLS],
            tool_choice={"type": "any", "disable_parallel_tool_use": True},
        )
    (block,) = message.content
    assert isinstance(block, ToolUseBlock)
    assert message.stop_reason == "tool_use"
    assert block.name == "extract_facts"
    assert block.id.startswith("toolu_01")
    assert message.usage.input_tokens > 0


def test_the_real_client_raises_its_own_error_for_a_bad_request() -> None:
    with UnderstudyServer() as server:
        client = anthropic.Anthropic(api_key="none", base_url=server.url, max_retries=0)
        with pytest.raises(anthropic.BadRequestError, match="can't stream"):
            client.messages.create(
                model="any",
                max_tokens=5,
                messages=[{"role": "user", "content": "hi"}],
                stream=True,
            )


def test_it_stops_at_once_even_with_a_connection_open() -> None:
    with UnderstudyServer() as server:
        client = httpx.Client(base_url=server.url)
        assert "understudy" in client.get("/").text
        began = time.perf_counter()
    assert time.perf_counter() - began < 2
    client.close()


def test_a_port_that_is_in_use_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"can't use port {port}"), UnderstudyServer(port):
            pass


def test_peoples_ids_come_from_the_context() -> None:
    assert make_scene().choose().input["facts"][0]["subject"] == make_id("ada")
