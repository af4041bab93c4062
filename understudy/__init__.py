"""The understudy: a rule-based stand-in for a model, so that Burn can be played without a key.

It speaks Anthropic's Messages API on loopback and keeps nothing between requests. Everything that
it knows about a thread, it reads from the context, as any model would.
"""

from understudy.app import make_app
from understudy.server import UnderstudyServer, serve

__all__ = ["UnderstudyServer", "make_app", "serve"]
