-- Who is asking. A connection of the web process says so in the setting burn.visitor, which only a
-- holder of this instance's key can sign (visitor.py); policies.sql decides by these functions what
-- a visitor sees and may change. A value that is forged, too old, or another connection's counts
-- as nobody. Everything here is CREATE OR REPLACE: running it twice changes nothing.
--
-- They run as their owner (SECURITY DEFINER), because they read what their callers can't. Queries
-- call each of them once, whatever the number of rows.


-- The browser and the key that the connection speaks for. A key is what a link holds: a spectator's
-- or an invitation's.
CREATE OR REPLACE FUNCTION burn_visitor(OUT browser_id uuid, OUT key uuid)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    -- browser, key, process, seconds since 1970, signature
    said text[] := string_to_array(current_setting('burn.visitor', true), ' ');
    signature text;
BEGIN
    IF cardinality(said) IS DISTINCT FROM 5 THEN
        RETURN;
    END IF;
    -- HMAC-SHA-256. Its two keys are the instance's, padded.
    SELECT encode(sha256(i.outer_key || sha256(i.inner_key
            || convert_to(array_to_string(said[1:4], ' '), 'UTF8'))), 'hex')
        INTO signature FROM instance i;
    IF signature = said[5] AND said[3] = pg_backend_pid()::text
            AND said[4]::numeric > extract(epoch FROM clock_timestamp())::numeric THEN
        browser_id := nullif(said[1], '-');
        key := nullif(said[2], '-');
    END IF;
END $$;


-- The person who is signed in with that browser.
CREATE OR REPLACE FUNCTION burn_me() RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    visitor record := burn_visitor();
BEGIN
    RETURN (SELECT u.id FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.browser_id = visitor.browser_id AND s.signed_out_at IS NULL AND s.expires_at > now() AND u.type = 'human');
END $$;


-- The threads that they are in, as the given roles.
CREATE OR REPLACE FUNCTION burn_threads_as(VARIADIC roles text[]) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    me uuid := burn_me();
BEGIN
    RETURN QUERY SELECT m.thread_id FROM memberships m WHERE m.user_id = me AND m.role = ANY (roles);
END $$;


-- The threads that they can read: theirs, and the one that a spectator's key is for.
CREATE OR REPLACE FUNCTION burn_my_threads() RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    visitor record := burn_visitor();
    me uuid := burn_me();
BEGIN
    RETURN QUERY SELECT m.thread_id FROM memberships m WHERE m.user_id = me;
    RETURN QUERY SELECT t.id FROM threads t WHERE t.spectator_key = visitor.key;
END $$;


-- The threads that they were in, as long as there are traces of it.
CREATE OR REPLACE FUNCTION burn_left_threads() RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    me uuid := burn_me();
BEGIN
    RETURN QUERY SELECT d.thread_id FROM deletions d
        WHERE d.table_name = 'memberships' AND d.user_id = me;
END $$;


-- The ids of a table's rows in such a thread as it was when they left, so that subscribers can forget
-- them. For users, those of the thread's members.
CREATE OR REPLACE FUNCTION burn_left_ids(source text, thread uuid) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    me uuid := burn_me();
    left_at timestamptz := (SELECT max(d.inserted_at) FROM deletions d
        WHERE d.table_name = 'memberships' AND d.thread_id = thread AND d.user_id = me);
BEGIN
    IF left_at IS NOT NULL AND source IN ('threads', 'users', 'memberships', 'events', 'facts') THEN
        RETURN QUERY EXECUTE CASE source
            WHEN 'threads' THEN 'SELECT id FROM threads WHERE id = $1 AND inserted_at <= $2'
            WHEN 'users' THEN 'SELECT user_id FROM memberships WHERE thread_id = $1 AND inserted_at <= $2'
            ELSE format('SELECT id FROM %I WHERE thread_id = $1 AND inserted_at <= $2', source)
        END USING thread, left_at;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION burn_left_ids(text, uuid) FROM PUBLIC;


-- The same as burn_is_removed (rules.sql), of oneself and in one's own threads. Burn's own role may ask of
-- everybody.
CREATE OR REPLACE FUNCTION burn_was_removed(thread uuid, person uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (coalesce(person = burn_me(), false) OR thread IN (SELECT burn_my_threads())
            OR pg_has_role(session_user, current_user, 'USAGE'))
        AND burn_is_removed(thread, person)
$$;
REVOKE EXECUTE ON FUNCTION burn_was_removed(uuid, uuid) FROM PUBLIC;


-- The thread that a key is for: whoever has the key may know.
CREATE OR REPLACE FUNCTION burn_watched(key uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM threads WHERE spectator_key = key
$$;

CREATE OR REPLACE FUNCTION burn_invited(key uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM threads WHERE invitation_key = key
$$;


-- A thread's keys: both for its owner and for Burn's own role, and the invitation's for members.
CREATE OR REPLACE FUNCTION burn_keys(thread uuid, OUT spectator_key uuid, OUT invitation_key uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    me uuid := burn_me();
    my_role text := (SELECT m.role FROM memberships m WHERE m.thread_id = thread AND m.user_id = me);
BEGIN
    -- Who runs this function is the owner of the tables; who called it is session_user.
    IF my_role IS NULL AND NOT pg_has_role(session_user, current_user, 'USAGE') THEN
        RETURN;
    END IF;
    SELECT CASE WHEN my_role IS DISTINCT FROM 'member' THEN t.spectator_key END, t.invitation_key
        INTO spectator_key, invitation_key FROM threads t WHERE t.id = thread;
END $$;
REVOKE EXECUTE ON FUNCTION burn_keys(uuid) FROM PUBLIC;


-- Whether no thread had this id before: its traces would be shown to the members of the new one. Nor is it
-- anybody's own id.
CREATE OR REPLACE FUNCTION burn_is_fresh(thread uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM deletions d WHERE d.thread_id = thread)
        AND NOT EXISTS (SELECT FROM spending s WHERE s.whose = 'thread' AND s.whose_id = thread)
        AND NOT EXISTS (SELECT FROM users u WHERE u.id = thread)
$$;
REVOKE EXECUTE ON FUNCTION burn_is_fresh(uuid) FROM PUBLIC;


-- Whether they may add this member: themselves, as the owner of a thread that they are just
-- creating or with the key of its invitation; or an agent, to a thread of theirs.
CREATE OR REPLACE FUNCTION burn_may_add(thread uuid, member uuid, its_role text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    visitor record := burn_visitor();
    me uuid := burn_me();
BEGIN
    RETURN CASE its_role
        WHEN 'owner' THEN member = me
            AND EXISTS (SELECT FROM threads t
                WHERE t.id = thread AND t.changed_in = pg_current_xact_id_if_assigned())
            AND NOT EXISTS (SELECT FROM memberships m WHERE m.thread_id = thread)
        WHEN 'member' THEN member = me
            AND EXISTS (SELECT FROM threads t WHERE t.id = thread AND t.invitation_key = visitor.key)
        ELSE EXISTS (SELECT FROM memberships m
            WHERE m.thread_id = thread AND m.user_id = me AND m.role = 'owner')
    END;
END $$;


-- Only its owner changes whether a thread is open, and who else can read or join it. Burn's own role,
-- which psql and commands connect as, is exempt unless it speaks for a visitor.
CREATE OR REPLACE FUNCTION burn_check_owner() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    me uuid := burn_me();
BEGIN
    IF (me IS NOT NULL OR NOT pg_has_role(session_user, current_user, 'USAGE'))
            AND NOT EXISTS (SELECT FROM memberships m
                WHERE m.thread_id = NEW.id AND m.user_id = me AND m.role = 'owner') THEN
        RAISE EXCEPTION 'only the owner of a thread can do this'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'threads_owner_check';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER check_owner BEFORE UPDATE OF status, spectator_key, invitation_key ON threads
    FOR EACH ROW EXECUTE FUNCTION burn_check_owner();


-- Members can always read the names of people who were ever in their thread.
CREATE OR REPLACE FUNCTION burn_note_participant() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO participants (thread_id, user_id) VALUES (NEW.thread_id, NEW.user_id)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER note_participant AFTER INSERT ON memberships
    FOR EACH ROW EXECUTE FUNCTION burn_note_participant();
