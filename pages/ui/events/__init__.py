"""The parts of the page of events."""
