"""The three agents that a new database starts with."""
