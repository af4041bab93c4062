"""The parts of a thread's page, of which spectators and the projector show some."""
