"""The tables as streams: GET /sync/TABLE, for anyone who wants to keep the rows elsewhere.

First come the rows that the caller may see, then their changes as they commit, as lines of JSON.
Burn keeps nothing about a client: each line's offset says how far the client has read, and the rows
say what is still missing. Any process can continue from any offset, after any restart.

How this works without gaps or repeats: each row names the transaction that last changed it.
Timestamps and serials wouldn't do, because transactions commit in a different order than they
start. But Postgres can tell whether a snapshot shows a transaction; such a snapshot is a horizon
here. So changes come in batches, each from one horizon to a later one: everything that the later
one shows and the earlier one doesn't. The next batch starts at the horizon where this one ends, and
includes whatever commits in the meantime, however long ago it began.
"""
