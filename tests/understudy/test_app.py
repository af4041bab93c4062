"""The routes and their errors."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.understudy.scene import Scene
from understudy import make_app

BODY: dict[str, Any] = {
    "model": "any",
    "max_tokens": 10,
    "messages": [{"role": "user", "content": "hello"}],
}


@pytest.fixture
def client() -> TestClient:
    return TestClient(make_app())


def test_a_request_without_tools_gets_text(client: TestClient) -> None:
    reply = client.post("/v1/messages", json=BODY).json()
    assert (reply["type"], reply["role"], reply["model"]) == ("message", "assistant", "understudy")
    assert reply["stop_reason"] == "end_turn"
    assert reply["content"][0]["type"] == "text"


@pytest.mark.parametrize(
    "wrong",
    [{"max_tokens": 0}, {"messages": []}, {"model": None}, {"stream": True}, {"tools": [{}]}],
)
def test_a_bad_request_gets_an_api_error(client: TestClient, wrong: dict[str, Any]) -> None:
    response = client.post("/v1/messages", json=BODY | wrong)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert response.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'"x"'])
def test_a_body_that_is_not_a_request_is_refused(client: TestClient, body: bytes) -> None:
    assert client.post("/v1/messages", content=body).status_code == 400


def test_an_unknown_path_is_not_found(client: TestClient) -> None:
    response = client.get("/v2/unknown")
    assert response.status_code == 404
    assert response.json()["type"] == "error"


def test_equal_requests_get_equal_choices_with_different_ids(client: TestClient) -> None:
    scene = Scene()
    scene.system("ada", "created")
    tools = [{"name": "ask_user_about_themselves", "input_schema": {}}]
    body = BODY | {"messages": [{"role": "user", "content": scene.context}], "tools": tools}
    one, other = (client.post("/v1/messages", json=body).json()["content"][0] for _ in range(2))
    assert one["input"] == other["input"]
    assert one["id"] != other["id"]
