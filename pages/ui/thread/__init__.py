"""The parts of a thread's page. Spectators and the projector see some of them."""
