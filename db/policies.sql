-- Row-level security: which rows a visitor (visitor.sql) sees, and which they may write. A role that
-- isn't named in a table's policies or grants (role_setup.py) sees and writes nothing there. Migrations
-- and commands connect as the tables' owner, who is exempt.
--
-- A policy compares with a set that is computed once for each query: IN (SELECT …).

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE instance ENABLE ROW LEVEL SECURITY;
ALTER TABLE threads ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE participants ENABLE ROW LEVEL SECURITY;
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
ALTER TABLE runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE limits ENABLE ROW LEVEL SECURITY;
ALTER TABLE circuits ENABLE ROW LEVEL SECURITY;
ALTER TABLE spending ENABLE ROW LEVEL SECURITY;
ALTER TABLE deletions ENABLE ROW LEVEL SECURITY;

-- Policies can't be replaced, so each is dropped first.
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT tablename, policyname FROM pg_policies
            WHERE schemaname = 'public' AND starts_with(policyname, 'visitor_') LOOP
        EXECUTE format('DROP POLICY %I ON %I', each.policyname, each.tablename);
    END LOOP;
END $$;


-- Reading: what is in the visitor's threads. Agents, how they are made, and whether their model can be
-- reached, are for everybody.
CREATE POLICY visitor_reads ON users FOR SELECT USING (
    type = 'agent' OR id = (SELECT burn_me())
    OR EXISTS (SELECT FROM participants p WHERE p.user_id = users.id)  -- of those that they see
);
CREATE POLICY visitor_reads ON agents FOR SELECT USING (true);
CREATE POLICY visitor_reads ON circuits FOR SELECT USING (true);
CREATE POLICY visitor_reads ON sessions FOR SELECT
    USING (browser_id = (SELECT browser_id FROM burn_visitor()));
CREATE POLICY visitor_reads ON threads FOR SELECT
    USING (id IN (SELECT burn_my_threads()) OR invitation_key = (SELECT key FROM burn_visitor()));
-- The visitor's own rows are checked separately: the function doesn't see yet what the same
-- statement inserts.
CREATE POLICY visitor_reads ON memberships FOR SELECT
    USING (thread_id IN (SELECT burn_my_threads()) OR user_id = (SELECT burn_me()));
CREATE POLICY visitor_reads ON participants FOR SELECT
    USING (thread_id IN (SELECT burn_my_threads()));
CREATE POLICY visitor_reads ON visits FOR SELECT
    USING (thread_id IN (SELECT burn_my_threads()));
CREATE POLICY visitor_reads ON events FOR SELECT
    USING (thread_id IN (SELECT burn_my_threads()));
CREATE POLICY visitor_reads ON facts FOR SELECT
    USING (thread_id IN (SELECT burn_my_threads()));
CREATE POLICY visitor_reads ON runs FOR SELECT
    USING (thread_id IN (SELECT burn_my_threads()));
CREATE POLICY visitor_reads ON deletions FOR SELECT USING (
    thread_id IN (SELECT burn_my_threads()) OR thread_id IN (SELECT burn_left_threads())
    OR user_id = (SELECT burn_me())
);


-- Writing: people write as themselves, in the threads that they are in. Owner-only actions require the
-- owner. Grants decide which columns can change.
CREATE POLICY visitor_adds ON threads FOR INSERT
    WITH CHECK ((SELECT burn_me()) IS NOT NULL AND burn_is_fresh(id));
CREATE POLICY visitor_changes ON threads FOR UPDATE
    USING (id IN (SELECT burn_threads_as('owner', 'member')));

CREATE POLICY visitor_adds ON memberships FOR INSERT
    WITH CHECK (burn_may_add(thread_id, user_id, role));
CREATE POLICY visitor_changes ON memberships FOR UPDATE
    USING (user_id = (SELECT burn_me()));
CREATE POLICY visitor_removes ON memberships FOR DELETE
    USING (user_id = (SELECT burn_me()) OR thread_id IN (SELECT burn_threads_as('owner')));

CREATE POLICY visitor_adds ON visits FOR INSERT WITH CHECK (
    user_id = (SELECT burn_me()) AND thread_id IN (SELECT burn_threads_as('owner', 'member'))
);

CREATE POLICY visitor_adds ON events FOR INSERT WITH CHECK (
    user_id = (SELECT burn_me())
    AND thread_id IN (SELECT burn_threads_as('owner', 'member'))
    AND (
        type = 'text'
        OR data->>'action' IN ('joined', 'left', 'renamed', 'tapped_out', 'tapped_in', 'confirmed', 'disputed')
        OR thread_id IN (SELECT burn_threads_as('owner'))
    )
);


-- The same for searching, which has to use every index there is. Postgres won't let a condition use
-- an index below a policy unless it can be sure that the condition never leaks a value, say by an
-- error; it isn't sure about searches for words. So these views show the same rows without that
-- guard, to a role that only searches, with statements that Burn has written itself
-- (burn_core/explore/search.py). Where the schema can't be made, searches read the tables.
--
-- Postgres expects nearly every row to meet a condition like (…)::int <> 0, and half of them to meet a
-- plain IN, which makes for worse plans.
DO $$
BEGIN
    CREATE SCHEMA IF NOT EXISTS seen;
    CREATE OR REPLACE VIEW seen.events AS
        SELECT * FROM events WHERE (thread_id IN (SELECT burn_my_threads()))::int <> 0;
    CREATE OR REPLACE VIEW seen.facts AS
        SELECT * FROM facts WHERE (thread_id IN (SELECT burn_my_threads()))::int <> 0;
    CREATE OR REPLACE VIEW seen.threads AS
        SELECT id, name FROM threads WHERE (id IN (SELECT burn_my_threads()))::int <> 0;
    CREATE OR REPLACE VIEW seen.users AS
        SELECT id, name, type FROM users WHERE (
            type = 'agent' OR id = (SELECT burn_me()) OR EXISTS (
                SELECT FROM participants p
                WHERE p.user_id = users.id AND p.thread_id IN (SELECT burn_my_threads())
            )
        )::int <> 0;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'Burn''s own role isn''t allowed to create the schema seen: searches are slower';
END $$;


-- The same for statements that people type. Below a policy, Postgres still lets some conditions meet
-- rows that the visitor can't see, as long as they can't fail: text = 'x', or id < 'y'. Then what the
-- statement locks, counts, or how long it takes, tells whether there was such a row. So people read
-- views: OFFSET 0 keeps their conditions out, which meet only rows that they see. And security_barrier
-- keeps Postgres from estimating with the statistics of everybody's rows: by its estimates it chooses a
-- plan, and in the order of one's own rows that shows. A view has no column that is secret.
DO $$
BEGIN
    DROP SCHEMA IF EXISTS mine CASCADE;
    CREATE SCHEMA mine;
    CREATE VIEW mine.threads WITH (security_barrier) AS
        SELECT id, name, status, last_seq, forgotten_at, inserted_at, updated_at, changed_in FROM threads WHERE id IN (SELECT burn_my_threads()) OFFSET 0;
    CREATE VIEW mine.memberships WITH (security_barrier) AS
        SELECT * FROM memberships WHERE thread_id IN (SELECT burn_my_threads()) OFFSET 0;
    CREATE VIEW mine.participants WITH (security_barrier) AS
        SELECT * FROM participants WHERE thread_id IN (SELECT burn_my_threads()) OFFSET 0;
    CREATE VIEW mine.visits WITH (security_barrier) AS
        SELECT * FROM visits WHERE thread_id IN (SELECT burn_my_threads()) OFFSET 0;
    CREATE VIEW mine.events WITH (security_barrier) AS
        SELECT * FROM events WHERE thread_id IN (SELECT burn_my_threads()) OFFSET 0;
    CREATE VIEW mine.facts WITH (security_barrier) AS
        SELECT * FROM facts WHERE thread_id IN (SELECT burn_my_threads()) OFFSET 0;
    CREATE VIEW mine.runs WITH (security_barrier) AS
        SELECT * FROM runs WHERE thread_id IN (SELECT burn_my_threads()) OFFSET 0;
    CREATE VIEW mine.agents WITH (security_barrier) AS SELECT * FROM agents;
    CREATE VIEW mine.circuits WITH (security_barrier) AS
        SELECT id, model, is_default, failures, opened_at, probe_at, probe_id, inserted_at, updated_at,
            changed_in
        FROM circuits;
    CREATE VIEW mine.spending WITH (security_barrier) AS
        SELECT * FROM spending
        WHERE (whose = 'thread' AND whose_id IN (SELECT burn_my_threads())
            OR whose = 'person' AND whose_id = (SELECT burn_me()))::int <> 0 OFFSET 0;
    CREATE VIEW mine.deletions WITH (security_barrier) AS
        SELECT * FROM deletions
        WHERE (thread_id IN (SELECT burn_my_threads()) OR user_id = (SELECT burn_me()))::int <> 0
        OFFSET 0;
    CREATE VIEW mine.users WITH (security_barrier) AS
        SELECT id, type, name, avatar_url, is_host, deleted_at, inserted_at, updated_at, changed_in FROM users WHERE type = 'agent' OR id = (SELECT burn_me()) OR id IN (
            SELECT p.user_id FROM participants p WHERE p.thread_id IN (SELECT burn_my_threads())
        ) OFFSET 0;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'Burn''s own role isn''t allowed to create the schema mine: the console is for hosts only';
END $$;


-- What a trigger calls is for triggers of Burn's tables alone. Whoever may call it can put it on a table
-- of their own, and it would take their rows for Burn's.
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            AND prorettype = 'trigger'::regtype AND starts_with(proname, 'burn_') LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', each.name);
    END LOOP;
END $$;
