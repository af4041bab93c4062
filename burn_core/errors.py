"""Burn's own errors. The class below BurnError says who reads the message.

Two more come from the database: Away and Refused (db/errors.py).
"""


class BurnError(Exception):
    """The base of all errors that Burn raises itself."""


class UserError(BurnError):
    """Shown to the person who caused it: what is wrong, and what to do."""


class BadName(UserError):
    """A user or a thread can't have this name."""


class NameTaken(UserError):
    """Somebody else has this name."""


class TooFast(UserError):
    """Too much of something in a short time. The same may be tried again after wait_seconds."""

    def __init__(self, too_many: str, wait_seconds: int) -> None:
        super().__init__(f"{too_many} Try again in {_describe_wait(wait_seconds)}.")
        self.wait_seconds = wait_seconds


class TooLarge(UserError):
    """A file that would be larger than files may be."""


class WrongPassword(UserError):
    """This is not the person's password, or it can't be one."""


class NotFound(UserError):
    """There is no such row, or this person can't see it."""


class NotAllowed(UserError):
    """This person isn't allowed to do that."""


class BadText(UserError):
    """A message that can't be posted."""


class BadRequest(UserError):
    """A request for rows that can't be understood."""


class MustRefetch(UserError):
    """A client's offset is too old or isn't its own: it has to start over."""


class BadQuery(UserError):
    """A query that failed. excerpt shows where in the query, if that is known."""

    def __init__(self, message: str, excerpt: str = "") -> None:
        super().__init__(message)
        self.excerpt = excerpt


class NoReadOnlyRole(UserError):
    """The role that the console reads as is missing."""


class ToolError(BurnError):
    """Read by the model, as an instruction: what was wrong with its tool use."""


class OperatorError(BurnError):
    """Read by the person who runs Burn: in the log, on the command line, in a run's row."""


class BadSettings(OperatorError):
    """A setting that can't be read."""


class BadAgent(OperatorError):
    """An agent that can't be used as it is described."""


class ModelError(OperatorError):
    """The model gave nothing usable. If retryable, asking again may help; if is_locked_out, it helps
    nobody before somebody changes the key, the address or the model.

    Everybody in the thread reads the message. details are for the worker's log: what the server
    said, and where.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool,
        is_locked_out: bool = False,
        retry_after_seconds: float | None = None,
        details: str = "",
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.is_locked_out = is_locked_out
        self.retry_after_seconds = retry_after_seconds
        self.details = details


class LeaseLost(OperatorError):
    """Another worker has taken this run over: nothing more of it is written here."""


class Stopping(OperatorError):
    """The worker is stopping: it hands the run back for another worker to take."""


def write_line(text: object, max_length: int = 300) -> str:
    """An error or a text as one line that a row, a log and a screen can hold."""
    start = str(text)[: 10 * max_length]
    printable = "".join(it if it.isprintable() else " " for it in start)
    line = " ".join(printable.split()) or "No reason was given."
    return line if len(line) <= max_length else line[: max_length - 1] + "…"


def _describe_wait(seconds: int) -> str:
    count, unit = (seconds, "second") if seconds < 120 else (-(-seconds // 60), "minute")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
