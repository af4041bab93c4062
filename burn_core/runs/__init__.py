"""Runs: one go of one agent at one thread, from claim to finish, and the worker that makes them."""
