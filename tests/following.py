"""A client of the sync endpoints that checks everything."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

Row = dict[str, Any]


class FollowingClient:
    """Keeps the rows of one table. The same line twice fails the test.

    A line that tells what the client has already isn't forbidden, but counted.
    """

    def __init__(self, port: int, table: str, cookie: str = "", **query: str) -> None:
        self.rows: dict[str, Row] = {}
        self.offset: str | None = None
        self.is_up_to_date = False
        self.ops: list[str] = []
        self.told_in_vain = 0
        self._port = port
        self._table = table
        self._headers = {"cookie": f"burn_browser={cookie}"} if cookie else {}
        self._query = query
        self._seen: set[str] = set()

    @contextmanager
    def connected(self) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        offset = {"offset": self.offset} if self.offset else {}
        query = urlencode(self._query | offset)
        connection.request("GET", f"/sync/{self._table}?{query}", headers=self._headers)
        response = connection.getresponse()
        try:
            yield response
        finally:
            response.close()
            connection.close()

    def follow(self, is_enough: Callable[[], bool], most_bytes: int = 1 << 62) -> None:
        """Read until that is enough or most_bytes have come, then hang up, even in mid-line.

        Fails the test after 60 s.
        """
        deadline = time.monotonic() + 60
        with self.connected() as response:
            assert response.status == 200, response.read()
            rest = b""
            while most_bytes > 0 and (part := response.read1(min(most_bytes, 65_536))):
                assert time.monotonic() < deadline, "followed for 60 s, and it was not enough"
                most_bytes -= len(part)
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    self._apply(json.loads(line))
                if is_enough():
                    return

    def catch_up(self) -> list[Row]:
        """Everything that there is now, in the order in which it came."""
        self.is_up_to_date = False
        self.follow(lambda: self.is_up_to_date)
        return list(self.rows.values())

    def fail(self) -> tuple[int, Row]:
        """The status and the body of a request that is refused."""
        with self.connected() as response:
            answer: Row = json.loads(response.read())
            return response.status, answer

    def _apply(self, line: Row) -> None:
        self.ops.append(line["op"])
        self.is_up_to_date = line["op"] == "up-to-date"
        if line["op"] in ("put", "delete"):
            self._change(**line)
        self.offset = line["offset"]

    def _change(self, op: str, table: str, id: str, offset: str, row: Row | None = None) -> None:
        assert table == self._table
        assert offset not in self._seen, "the same line twice"
        self._seen.add(offset)
        assert (row is None) == (op == "delete")
        self.told_in_vain += row == self.rows.get(id)
        self.rows.pop(id, None)
        if row is not None:
            assert row["id"] == id
            self.rows[id] = row
