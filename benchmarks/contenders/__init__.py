"""Who is measured. Each module has set_up, post and count_left, and is a worker when it is run.

The peers do less than Burn in a turn: they read the thread's events, ask the model, and write one
reply and two facts, on plain tables. Burn runs its real path.
"""
