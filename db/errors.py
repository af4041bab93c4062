"""Temporary."""


class Away(Exception):
    pass


class Refused(Exception):
    def __init__(self, constraint: str, message: str) -> None:
        super().__init__(message)
        self.constraint = constraint
