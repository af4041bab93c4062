"""The understudy: a rule-based stand-in for a model, so that Burn works without an API key.

It serves Anthropic's Messages API on loopback and keeps nothing between requests. Like any model,
it knows only what it reads in the context.
"""

from understudy.app import make_app
from understudy.server import UnderstudyServer, serve

__all__ = ["UnderstudyServer", "make_app", "serve"]
