-- Rules that hold for every writer: the app, another program, or a person in psql. Read schema.py
-- first. A rule that refuses a write names itself as a constraint; db/errors.py has the words that
-- people read. Everything here is CREATE OR REPLACE: running it twice changes nothing.
--
-- Rules that read or write other tables than their own run as the owner of the tables (SECURITY
-- DEFINER): they hold for writers, too, who can't see those rows.


-- Names are stored in lower case, however they are typed.
CREATE OR REPLACE FUNCTION burn_lower_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.name := lower(NEW.name);
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER lower_name BEFORE INSERT OR UPDATE OF name ON users
    FOR EACH ROW EXECUTE FUNCTION burn_lower_name();


-- Whether the thread's owner removed this person and no owner has let them in again. Leaving by
-- oneself is no removal.
CREATE OR REPLACE FUNCTION burn_is_removed(thread uuid, person uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce((
        SELECT data->>'action' = 'removed' FROM events
        WHERE thread_id = thread AND type = 'system' AND data->'member'->>'id' = person::text
            AND data->>'action' IN ('removed', 'let_in')
        ORDER BY seq DESC LIMIT 1
    ), false)
$$;
REVOKE EXECUTE ON FUNCTION burn_is_removed(uuid, uuid) FROM PUBLIC;


-- People are owners and members; agents are producers and comedians. An agent that joins is due. A
-- person who was removed can't join. One who taps out, leaves and joins again is still tapped out.
CREATE OR REPLACE FUNCTION burn_check_role() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    user_type text := (SELECT type FROM users WHERE id = NEW.user_id);
BEGIN
    IF (user_type = 'human') <> (NEW.role IN ('owner', 'member')) THEN
        RAISE EXCEPTION 'the role % is not for a user of type %', NEW.role, user_type
            USING ERRCODE = 'check_violation', CONSTRAINT = 'memberships_role_of_type_check';
    END IF;
    IF TG_OP = 'INSERT' AND user_type = 'agent' THEN
        NEW.due_since := coalesce(NEW.due_since, clock_timestamp());
    ELSIF TG_OP = 'INSERT' THEN
        -- A removal that is about to commit holds this lock.
        PERFORM FROM threads WHERE id = NEW.thread_id FOR NO KEY UPDATE;
        IF burn_is_removed(NEW.thread_id, NEW.user_id) THEN
            RAISE EXCEPTION 'user % was removed from thread %', NEW.user_id, NEW.thread_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'memberships_removed_check';
        END IF;
        NEW.tapped_out_at := (
            SELECT CASE data->>'action' WHEN 'tapped_out' THEN inserted_at END FROM events
            WHERE thread_id = NEW.thread_id AND user_id = NEW.user_id AND type = 'system'
                AND data->>'action' IN ('tapped_out', 'tapped_in')
            ORDER BY seq DESC LIMIT 1
        );
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER check_role BEFORE INSERT OR UPDATE OF role ON memberships
    FOR EACH ROW EXECUTE FUNCTION burn_check_role();


-- Before an event: only members write, and people and agents each write their own types. Only the
-- owner removes people or lets them in; only the person concerned confirms or disputes a fact. No tool
-- use may name somebody who has tapped out, or come of a prompt that held words which somebody has had
-- forgotten, even if they did so while the model was thinking. The event takes the next seq from its
-- thread's row, which stays locked until the transaction ends: seqs have no gaps and grow in commit order.
CREATE OR REPLACE FUNCTION burn_place_event() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    user_type text;
    author_role text;
    forgotten timestamptz;
BEGIN
    UPDATE threads SET last_seq = last_seq + 1 WHERE id = NEW.thread_id
        RETURNING last_seq, forgotten_at INTO NEW.seq, forgotten;
    SELECT u.type, m.role INTO user_type, author_role FROM memberships m JOIN users u ON u.id = m.user_id
        WHERE m.thread_id = NEW.thread_id AND m.user_id = NEW.user_id;
    IF user_type IS NULL THEN
        RAISE EXCEPTION 'user % is not a member of thread %', NEW.user_id, NEW.thread_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'events_author_is_member_check';
    ELSIF NOT NEW.type = ANY (CASE user_type
            WHEN 'human' THEN ARRAY['text', 'system']
            ELSE ARRAY['tool_use', 'tool_result', 'system'] END) THEN
        RAISE EXCEPTION 'a user of type % can''t write an event of type %', user_type, NEW.type
            USING ERRCODE = 'check_violation', CONSTRAINT = 'events_type_of_author_check';
    ELSIF NEW.type = 'system' AND NEW.data->>'action' IN ('removed', 'let_in')
            AND author_role <> 'owner' THEN
        RAISE EXCEPTION 'user % does not own thread %', NEW.user_id, NEW.thread_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'events_author_is_owner_check';
    ELSIF NEW.type = 'tool_use' AND EXISTS (SELECT FROM memberships m
            WHERE m.thread_id = NEW.thread_id AND m.tapped_out_at IS NOT NULL
            AND strpos(lower(NEW.data->>'input'), m.user_id::text) > 0) THEN
        RAISE EXCEPTION 'this tool use names somebody who has tapped out'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'events_tapped_out_check';
    ELSIF NEW.type = 'tool_use' AND forgotten IS NOT NULL AND EXISTS (SELECT FROM runs r
            WHERE r.thread_id = NEW.thread_id AND r.user_id = NEW.user_id AND r.status = 'running'
            AND r.started_at < forgotten) THEN
        RAISE EXCEPTION 'the prompt of this tool use held words that were forgotten since'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'events_forgotten_check';
    ELSIF NEW.type = 'system' AND NEW.data->>'action' IN ('confirmed', 'disputed')
            AND NOT EXISTS (SELECT FROM facts f WHERE f.thread_id = NEW.thread_id AND f.subject_id = NEW.user_id
            AND f.id::text = NEW.data->>'fact' AND f.forgotten_at IS NULL) THEN
        RAISE EXCEPTION 'only the person whom a fact is about can confirm or dispute it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'facts_subject_check';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER place_event BEFORE INSERT ON events
    FOR EACH ROW EXECUTE FUNCTION burn_place_event();


-- After an event: the thread's agents are due. One that pauses after failures (pauses.sql) is tried
-- again soon, though not at once; its own event ends that. After a join they wait until nobody has
-- joined for 2 seconds, though no longer than 10, so that a burst of joins is one welcome; whatever is
-- said meanwhile ends that. The update is unconditional on purpose: it
-- waits for a worker that is claiming one of them, so no event slips in between the worker's reading
-- and its marking as read.
CREATE OR REPLACE FUNCTION burn_mark_due() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE memberships SET
        due_since = coalesce(due_since, clock_timestamp()),
        failures = CASE WHEN user_id <> NEW.user_id THEN failures ELSE 0 END,
        wakes_at = CASE
            WHEN user_id <> NEW.user_id AND failures > 0
                THEN least(wakes_at, clock_timestamp() + interval '30 s')
            WHEN NEW.type <> 'system' THEN NULL
            WHEN NEW.data->>'action' = 'joined' AND (due_since IS NULL OR wakes_at IS NOT NULL)
                THEN least(clock_timestamp() + interval '2 s',
                    coalesce(due_since, clock_timestamp()) + interval '10 s')
            ELSE wakes_at END
        WHERE thread_id = NEW.thread_id AND role IN ('producer', 'comedian');
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER mark_due AFTER INSERT ON events
    FOR EACH ROW EXECUTE FUNCTION burn_mark_due();


-- The event of tapping out, or back in, also changes the membership.
CREATE OR REPLACE FUNCTION burn_tap() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE memberships
        SET tapped_out_at = CASE NEW.data->>'action' WHEN 'tapped_out' THEN NEW.inserted_at END
        WHERE thread_id = NEW.thread_id AND user_id = NEW.user_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER tap AFTER INSERT ON events FOR EACH ROW
    WHEN (NEW.type = 'system' AND NEW.data->>'action' IN ('tapped_out', 'tapped_in'))
    EXECUTE FUNCTION burn_tap();


-- Events and agents are append-only. They are deleted only along with what they belong to, and events
-- are emptied only by forgetting (own_facts.sql): both run inside another trigger, at a depth above 0.
CREATE OR REPLACE FUNCTION burn_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are append-only: add a row instead', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION burn_append_only();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON agents
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION burn_append_only();
