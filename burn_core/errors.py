"""Burn's own errors. The first branch says who reads the message.

Two more come from the database, whose readers vary: Away and Refused (db/errors.py).
"""


class BurnError(Exception):
    """Anything that Burn itself finds wrong."""


class UserError(BurnError):
    """Shown on screen to the person who caused it: what is wrong, and what to do."""


class BadName(UserError):
    """A user or a thread can't have this name."""


class NameTaken(UserError):
    """Somebody else has this name."""


class WrongPassword(UserError):
    """This is not the password of that name."""


class NotFound(UserError):
    """There is no such row, or this person can't see it."""


class NotAllowed(UserError):
    """This person isn't allowed to do that here."""


class BadText(UserError):
    """A message that can't be posted."""


class BadRequest(UserError):
    """A request for rows that can't be understood."""


class MustRefetch(UserError):
    """What a client has is too old, or somebody else's: it has to start over."""


class BadQuery(UserError):
    """A query that couldn't be run. excerpt shows the place in it, if there is one."""

    def __init__(self, message: str, excerpt: str = "") -> None:
        super().__init__(message)
        self.excerpt = excerpt


class NoReadOnlyRole(UserError):
    """The read-only role is missing or broken. setup is what an administrator types to create it."""

    def __init__(self, message: str, setup: str) -> None:
        super().__init__(message)
        self.setup = setup


class ToolError(BurnError):
    """Written to the model, as an instruction: what was wrong with its tool use."""


class OperatorError(BurnError):
    """For the person who runs Burn: in the log, on the command line, or in a run's row."""


class BadSettings(OperatorError):
    """A setting that can't be read."""


class BadAgent(OperatorError):
    """An agent's row names a rule or a tool that doesn't exist."""


class ModelError(OperatorError):
    """The model gave nothing usable. Asking again may help if retryable."""

    def __init__(
        self, message: str, *, retryable: bool, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds


class LeaseLost(OperatorError):
    """Another worker has taken this run over: nothing of it may be written."""
