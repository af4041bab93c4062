"""A big database, and what looking through it costs: python -m benchmarks.big.

Makes 1,000,000 events and 200,000 facts in 1,000 threads of 2,000 people (or so many as are asked
for), the threads and the words of very different sizes, as they are in life. Then it times every
statement of the facts' and events' pages in the database, for somebody who is in all the threads
and for somebody who is in five.

--url makes it in a database of yours, which must be empty, and leaves it there to be looked at.
"""

from uuid import UUID

import psycopg

from burn_core.start import prepare

EVENTS = 1_000_000
FACTS = 200_000
# In all the threads, and in five of them.
EVERYWHERE = UUID("aaaaaaaa-0000-4000-8000-000000000001")
IN_FIVE = UUID("aaaaaaaa-0000-4000-8000-000000000002")
_TRIES = 15

# The n-th person and thread have ids with n in them. power() makes few of them have most rows.
_MAKE = """
    SELECT setseed(0.5);
    ALTER TABLE threads DISABLE TRIGGER USER;
    ALTER TABLE memberships DISABLE TRIGGER USER;
    ALTER TABLE events DISABLE TRIGGER USER;
    ALTER TABLE facts DISABLE TRIGGER USER;
    CREATE TEMP TABLE words AS SELECT n, 'w' || substr(md5(n::text), 1, 3 + n %% 6) AS word
        FROM generate_series(0, 4999) AS n;
    CREATE UNIQUE INDEX ON words (n) INCLUDE (word);
    INSERT INTO users (id, name) SELECT
        ('aaaaaaaa-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'person-' || n
        FROM generate_series(1, 2000) AS n;
    INSERT INTO threads (id, name) SELECT
        ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Thread ' || n
        FROM generate_series(1, 1000) AS n;
    INSERT INTO memberships (thread_id, user_id, role) SELECT t.id, u.id,
            CASE u.name WHEN 'person-1' THEN 'owner' ELSE 'member' END
        FROM threads t JOIN users u ON u.name = 'person-1'
            OR (u.name = 'person-2' AND t.name IN
                ('Thread 1', 'Thread 50', 'Thread 200', 'Thread 500', 'Thread 999'))
            OR (u.type = 'human' AND abs(hashtext(t.name || u.name)) %% 200 = 0);
    INSERT INTO memberships (thread_id, user_id, role) SELECT t.id, u.id,
            CASE u.name WHEN 'sarah' THEN 'producer' ELSE 'comedian' END
        FROM threads t, users u WHERE u.type = 'agent';
    CREATE TEMP TABLE made AS
        SELECT n, 1 + floor(1000 * power(random(), 3))::int AS thread,
            1 + floor(2000 * power(random(), 2))::int AS person,
            random() AS kind, now() - (%(events)s - n) * interval '20 seconds' AS at,
            floor(5000 * power(random(), 3))::int AS w1, floor(5000 * power(random(), 3))::int AS w2,
            floor(5000 * power(random(), 3))::int AS w3
        FROM generate_series(1, %(events)s) AS n;
    INSERT INTO events (thread_id, user_id, type, data, seq, inserted_at, updated_at)
        SELECT ('00000000-0000-4000-8000-' || lpad(thread::text, 12, '0'))::uuid,
            CASE WHEN kind < 0.6 THEN p.id ELSE a.id END,
            CASE WHEN kind < 0.55 THEN 'text' WHEN kind < 0.6 THEN 'system' ELSE 'tool_use' END,
            CASE WHEN kind < 0.55 THEN jsonb_build_object('text', concat_ws(' ', x.word, y.word, z.word))
                WHEN kind < 0.6 THEN '{"action": "joined", "target": "thread"}'
                ELSE jsonb_build_object('id', 'toolu_' || m.n, 'name', a.tool, 'input',
                    jsonb_build_object('subject', p.id, 'said', concat_ws(' ', x.word, y.word)))
            END,
            row_number() OVER (PARTITION BY thread ORDER BY m.n), at, at
        FROM made m
        JOIN users p ON p.id = ('aaaaaaaa-0000-4000-8000-' || lpad(person::text, 12, '0'))::uuid
        JOIN words x ON x.n = w1 JOIN words y ON y.n = w2 JOIN words z ON z.n = w3
        CROSS JOIN LATERAL (SELECT u.id, t.tool FROM users u JOIN (VALUES
                ('sarah', 'ask_user_about_themselves', 0.0, 0.75), ('sarah', 'extract_facts', 0.75, 0.9),
                ('jerry', 'roast_user', 0.9, 0.95), ('frankie', 'roast_user', 0.95, 1.1)
            ) AS t(name, tool, least, most) ON t.name = u.name AND u.type = 'agent'
            WHERE kind >= least AND kind < most) AS a
        ORDER BY m.n;
    UPDATE threads t SET last_seq = e.last FROM
        (SELECT thread_id, max(seq) AS last FROM events GROUP BY 1) e WHERE e.thread_id = t.id;
    INSERT INTO facts (thread_id, subject_id, source_event_id, predicate, object, category,
            confidence, disputed, inserted_at, updated_at)
        SELECT e.thread_id, e.user_id, e.id,
            (ARRAY['likes', 'lives in', 'works as', 'has', 'hates', 'fears', 'collects', 'plays',
                'has never been to', 'is afraid of'])[1 + floor(10 * power(random(), 2))],
            e.data->>'text',
            (ARRAY['hobby', 'food', 'work', 'home', 'pet', 'family', 'travel', 'music', 'fear',
                'other'])[1 + floor(10 * power(random(), 2))],
            (1 + floor(10 * power(random(), 0.5))) / 10, random() < 0.03, e.inserted_at, e.inserted_at
        FROM (SELECT * FROM events WHERE type = 'text' ORDER BY inserted_at DESC LIMIT %(facts)s) e;
    ALTER TABLE threads ENABLE TRIGGER USER;
    ALTER TABLE memberships ENABLE TRIGGER USER;
    ALTER TABLE events ENABLE TRIGGER USER;
    ALTER TABLE facts ENABLE TRIGGER USER;
    DROP TABLE made;
"""


def make_big(url: str, event_count: int, fact_count: int) -> None:
    prepare(url)
    with psycopg.ClientCursor(psycopg.connect(url)) as cursor:
        cursor.execute(_MAKE, {"events": event_count, "facts": fact_count})
        cursor.connection.commit()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
