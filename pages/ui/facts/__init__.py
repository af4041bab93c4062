"""The parts of the page of facts."""
