"""The contenders. Each module has set_up, post and count_left, and is a worker when it is run.

The peers do less in a turn than Burn does: they read the thread's events, ask the model, and write
one reply and two facts to plain tables. Burn runs its real path.
"""
