"""Runs: one go of one agent at one thread, from claim to outcome, and the worker that executes them."""
