"""All of Burn's errors. The first branch says who reads the message."""


class BurnError(Exception):
    """Anything that Burn itself finds wrong."""


class UserError(BurnError):
    """Shown on screen to the person who did it: what is wrong, and what to do."""


class BadName(UserError):
    """A user or a thread can't have this name."""


class NameTaken(UserError):
    """Somebody else has this name."""


class WrongPassword(UserError):
    """The name has another password."""


class NotFound(UserError):
    """There is no such row, or not for this person."""


class NotAllowed(UserError):
    """This person may not do that here."""


class BadText(UserError):
    """A message that can't be posted."""


class BadQuestion(UserError):
    """A request for rows that can't be understood."""


class MustRefetch(UserError):
    """What a client has is too old, or somebody else's: it has to begin anew."""


class BadQuery(UserError):
    """A query that gave no rows. excerpt shows the place in it, where there is one."""

    def __init__(self, message: str, excerpt: str = "") -> None:
        super().__init__(message)
        self.excerpt = excerpt


class NoReadOnlyRole(UserError):
    """The role that reads isn't there. An administrator of the database types the setup."""

    def __init__(self, message: str, setup: str) -> None:
        super().__init__(message)
        self.setup = setup


class ToolError(BurnError):
    """Written to the model, as an instruction: what was wrong with its tool use."""


class OperatorError(BurnError):
    """For whoever runs Burn: in the log, on the command line, on a run's row."""


class BadSettings(OperatorError):
    """A setting that can't be read."""


class DatabaseAway(OperatorError):
    """The database can't be reached."""


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
