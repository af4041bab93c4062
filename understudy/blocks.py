"""The context as blocks: each `<tag>` in the text, with its YAML parsed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

# The C loader is ten times as fast, but not every PyYAML has it. Both load every scalar as a
# string, so nothing that a person typed turns into a number or a date.
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

# Everything inside a block is indented, so only the block's own tags begin a line.
_BLOCK = re.compile(r"^<([\w-]+)>\n((?:(?: .*)?\n)*)</\1>", re.MULTILINE)
# JSON writes a character above U+FFFF as two escapes, and YAML reads each one separately.
_PAIR = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)

# YAML rejects a whole text that contains one of these.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Block:
    tag: str
    data: Mapping[str, Any]


def read_blocks(context: str) -> list[Block]:
    """A context's blocks, in order. Blocks that aren't YAML mappings are left out."""
    found = (_read(match[1], match[2]) for match in _BLOCK.finditer(context))
    return [block for block in found if block is not None]


@lru_cache(maxsize=8192)
def _read(tag: str, body: str) -> Block | None:
    try:
        data = yaml.load(_UNREADABLE.sub(" ", _PAIR.sub(_join, body)), Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return Block(tag, data) if isinstance(data, dict) else None


def _join(pair: re.Match[str]) -> str:
    """Two surrogates as the one escape that JSON and YAML both understand."""
    high, low = int(pair[1], 16), int(pair[2], 16)
    return f"\\U{0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF):08x}"
