"""Values as YAML that nothing in them can break out of.

Whatever people type, a block stays valid YAML, and no text can close its tag or open another: a
text that isn't plainly safe is written as a JSON string, with < and > as escapes.
"""

import json
import math
import re
from collections.abc import Iterator
from uuid import UUID

from yaml.resolver import Resolver


def render_yaml(value: object, indent: str) -> Iterator[str]:
    """A value on lines of its own."""
    if isinstance(value, dict) and value:
        for key in sorted(value):
            yield from _render_after(f"{indent}{_render_scalar(key)}:", value[key], indent)
    elif isinstance(value, list) and value:
        for item in value:
            if isinstance(item, dict | list) and item:
                yield f"{indent}-"
                yield from render_yaml(item, indent + "  ")
            else:
                yield f"{indent}- {_render_scalar(item)}"
    else:
        yield indent + _render_scalar(value)


def _render_after(start: str, value: object, indent: str) -> Iterator[str]:
    """A value after its key: on the same line if it is a scalar."""
    if isinstance(value, dict | list) and value:
        yield start
        yield from render_yaml(value, indent + "  ")
    else:
        yield f"{start} {_render_scalar(value)}"


def _render_scalar(value: object) -> str:
    if isinstance(value, str):
        return value if _is_plainly_safe(value) else _quote(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, float):
        return _render_float(value)
    return json.dumps(value)


def _render_float(value: float) -> str:
    # Without a point in the mantissa, YAML 1.1 would read 1e+20 as text.
    if not math.isfinite(value):
        return {math.inf: ".inf", -math.inf: "-.inf"}.get(value, ".nan")
    text = json.dumps(value)
    return text if "." in text or "e" not in text else text.replace("e", ".0e")


# A plain scalar starts with a letter or a digit, and holds no control character and nothing that
# YAML, or somebody who looks for tags, could take for structure.
_PLAIN = re.compile(r"[^\W_][^<>\x00-\x1f\x7f-\xa0\ud800-\udfff\u2028\u2029\ufeff\ufffe\uffff]*")
_STRUCTURE = re.compile(r":(?=\s|$)|\s#|\s$")
# Numbers to YAML 1.2 that the resolver, which follows 1.1, takes for text.
_NUMBER = re.compile(
    r"[-+]?(0o[0-7]+|0x[0-9a-f]+|(\d([\d_]*\d)?|(\d[\d_]*)?\.\d+)(e[-+]?\d+)?)", re.IGNORECASE
)


def _is_plainly_safe(text: str) -> bool:
    return (
        _PLAIN.fullmatch(text) is not None
        and _STRUCTURE.search(text) is None
        and not _is_read_as_non_text(text)
    )


def _is_read_as_non_text(text: str) -> bool:
    """Whether YAML would read this as a number, a boolean, null or a date."""
    resolvers = Resolver.yaml_implicit_resolvers.get(text[0], ())
    return (
        any(pattern.match(text) for _, pattern in resolvers)
        or _NUMBER.fullmatch(text) is not None
        or text.lower() in {"y", "n"}
    )


# Characters that YAML refuses or takes for line ends, which JSON leaves as they are.
_ESCAPED = re.compile("[<>\x7f-\xa0\ud800-\udfff\u2028\u2029\ufeff\ufffe\uffff]")


def _quote(text: str) -> str:
    return _ESCAPED.sub(
        lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False)
    )
