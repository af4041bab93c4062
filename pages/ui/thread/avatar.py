"""Users' pictures: their own, or their initials on a colour derived from their name."""

from base64 import b64encode
from functools import lru_cache
from html import escape

from burn_core.users import User

# Dark enough for white letters: the contrast is at least 4.5 to 1.
_COLORS = ("#b91c1c", "#9a3412", "#854d0e", "#3f6212", "#047857", "#0e7490", "#1d4ed8", "#7e22ce")
_ADDRESSES = ("https://", "http://", "data:image/")
_CORNERS = {"human": 50, "agent": 22}  # people are round


@lru_cache(maxsize=1_000)
def draw_avatar(user: User) -> str:
    """The picture's address. Initials are a data: address, which needs no request."""
    if user.avatar_url and user.avatar_url.startswith(_ADDRESSES):
        return user.avatar_url
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100" height="100">'
        f'<rect width="100" height="100" rx="{_CORNERS[user.type]}" fill="{_pick_color(user)}"/>'
        '<text x="50" y="52" fill="#fff" font-family="sans-serif" font-size="42" '
        'font-weight="600" text-anchor="middle" dominant-baseline="central">'
        f"{escape(_get_initials(user))}</text></svg>"
    )
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _get_initials(user: User) -> str:
    return user.name[:1].upper() if user.is_agent else user.name[:2].upper()


def _pick_color(user: User) -> str:
    return _COLORS[sum(user.name.encode()) % len(_COLORS)]
