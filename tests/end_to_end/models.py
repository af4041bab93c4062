"""Models for workers in processes of their own, named by BURN_MODEL_FACTORY."""

import time

from burn_core.model import Reply, Request


class SlowModel:
    """Thinks for longer than any test waits."""

    def ask(self, request: Request) -> Reply:
        time.sleep(120)
        raise AssertionError("nobody waits this long")


class FailingModel:
    """Fails with an error that quotes what people said."""

    def ask(self, request: Request) -> Reply:
        raise ValueError(str(request.messages))
