"""Tests mirror the source: the same path, the same name."""
