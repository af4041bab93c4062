"""A Postgres of our own, for when there is no other. It lives in a folder, BURN_HOME.

Each process that uses it holds a shared lock on a file there, which the system releases when the
process ends, even if it crashes. A process that can get the lock exclusively is the last one, and
stops the server. So the server survives the crash of one process, but never outlives them all.
Each of them also watches over the server, and starts it again if it was killed.
"""

from db.embedded.programs import find_program
from db.embedded.sharing import running, start

__all__ = ["find_program", "running", "start"]
