"""What NOTIFY's commit lock costs with many writers: python -m benchmarks.commit_lock.

A transaction that has notified locks the server's notification queue while it commits. pgbench
inserts events into 1,000 threads, with all of Burn's triggers and with the notifying ones disabled.
"""

import re
import subprocess
import tempfile

from psycopg.conninfo import conninfo_to_dict

from benchmarks.contenders import burn
from benchmarks.measures import Trial, new_trial, running_server
from db import embedded

CLIENTS = (1, 4, 16, 64)
SECONDS = 8
_THREADS = 1_000
_SCRIPT = """
\\set n random(0, {last})
INSERT INTO events (thread_id, user_id, type, data) VALUES (
    ('00000000-0000-4000-8000-' || lpad(:n::text, 12, '0'))::uuid, '{ada}', 'text',
    '{{"text": "hi"}}');
"""


def measure(trial: Trial, clients: int) -> float:
    """Commits per second."""
    parts = conninfo_to_dict(trial.url)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_SCRIPT.format(last=_THREADS - 1, ada=burn.ADA))
        script.flush()
        finished = subprocess.run(
            [
                *(embedded.find_program("pgbench"), "-n", "-f", script.name),
                *("-T", str(SECONDS), "-c", str(clients), "-j", "2"),
                *("-h", str(parts["host"]), "-U", str(parts["user"]), str(parts["dbname"])),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    match = re.search(r"tps = ([\d.]+)", finished.stdout)
    assert match is not None, finished.stdout
    return float(match[1])


def main() -> None:
    print(f"| writers | {' | '.join(str(clients) for clients in CLIENTS)} |")
    print(f"|{'---|' * (len(CLIENTS) + 1)}")
    with running_server() as server_url:
        for title, statement in (
            ("commits/s with NOTIFY", "SELECT 1"),
            ("commits/s without NOTIFY", "ALTER TABLE events DISABLE TRIGGER notify"),
        ):
            figures = []
            for clients in CLIENTS:
                with new_trial(server_url, "burn", _THREADS) as trial:
                    with trial.connect() as connection:
                        connection.execute(statement.encode())
                    figures.append(measure(trial, clients))
            print(f"| {title} | {' | '.join(f'{figure:,.0f}' for figure in figures)} |", flush=True)


if __name__ == "__main__":
    main()
