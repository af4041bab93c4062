"""The states of a run."""

from enum import StrEnum


class Status(StrEnum):
    RUNNING = "running"  # a worker is on it, or waits to ask the model again
    DONE = "done"  # the agent did something, which is an event
    SILENT = "silent"  # its rule said that it should not speak
    FAILED = "failed"  # given up; error says why
    EXPIRED = "expired"  # its worker died or stopped; a later run covers the same events
