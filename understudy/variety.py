"""Choices that look random, but are the same for equal contexts."""

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Variety:
    """A source of variety, seeded with a text."""

    def __init__(self, seed: str) -> None:
        digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
        self._random = random.Random(int.from_bytes(digest[:8], "big"))

    def shuffled(self, items: Sequence[T]) -> list[T]:
        return self._random.sample(items, len(items))
