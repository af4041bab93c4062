"""The tables as streams: GET /sync/TABLE, for whoever wants to have the rows elsewhere.

First come the rows that the caller may see, then their changes as they commit, as lines of JSON.
Nothing about a client is kept here: how far it is stands in the offset of each line, and what it
has yet to get follows from the rows. Any process can go on with any offset, after any restart.

How that is without gaps or repeats: each row says which transaction changed it last. Neither times
nor serial numbers will do, as transactions commit in another order than they begin. But Postgres
can say of each transaction whether a snapshot shows it. So the changes come in batches, each from
one snapshot to another: whatever the later shows and the earlier doesn't. The next batch begins
where that ended, and what commits meanwhile, however old, is in the next.
"""
