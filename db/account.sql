-- What leaving means: deleting one's account, and who owns a thread that its owner leaves. Everything here
-- is CREATE OR REPLACE: running it twice changes nothing.


-- The same JSON with what matches replaced in its texts.
CREATE OR REPLACE FUNCTION burn_replace(value jsonb, pattern text, instead text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN CASE jsonb_typeof(value)
        WHEN 'object' THEN (
            SELECT coalesce(jsonb_object_agg(e.key, CASE e.key
                WHEN 'category' THEN e.value ELSE burn_replace(e.value, pattern, instead) END), '{}')
            FROM jsonb_each(value) e)
        WHEN 'array' THEN (
            SELECT coalesce(jsonb_agg(burn_replace(e.value, pattern, instead) ORDER BY e.n), '[]')
            FROM jsonb_array_elements(value) WITH ORDINALITY e (value, n))
        WHEN 'string' THEN to_jsonb(regexp_replace(value #>> '{}', pattern, instead, 'gi'))
        ELSE value
    END;
END $$;


-- In one thread: what the person said and what agents said about them is emptied, and where agents name
-- them elsewhere, they have no name. Events keep their places, and what others wrote stays.
CREATE OR REPLACE FUNCTION burn_erase_in_thread(thread uuid, person users, moment timestamptz, nameless text)
    RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    tombstone jsonb := jsonb_build_object('forgotten', jsonb_build_object(
        'at', moment, 'by', person.id,
        'why', 'These words are gone because the person who wrote them, or whom they were about, has deleted their account.'));
    pattern text := burn_mention(person, thread);
    rumour facts;
BEGIN
    UPDATE facts SET forgotten_at = moment
        WHERE thread_id = thread AND subject_id = person.id AND forgotten_at IS NULL;
    FOR rumour IN SELECT f.* FROM facts f JOIN events e ON e.id = f.source_event_id
            WHERE f.thread_id = thread AND f.hearsay AND e.user_id = person.id LOOP
        UPDATE events SET data = burn_empty_notes(data, rumour, tombstone)
            WHERE thread_id = thread AND type = 'tool_use'
                AND burn_empty_notes(data, rumour, tombstone) IS NOT NULL;
        DELETE FROM facts WHERE id = rumour.id;
    END LOOP;
    UPDATE events e SET data = CASE e.type
            WHEN 'text' THEN burn_empty(e.data) || tombstone
            WHEN 'system' THEN jsonb_set(e.data, '{member,name}', to_jsonb(nameless))
            ELSE e.data || jsonb_build_object('input', burn_empty(e.data->'input')) || tombstone
        END
        WHERE e.thread_id = thread AND CASE e.type
            WHEN 'text' THEN e.user_id = person.id AND NOT e.data ? 'forgotten'
            WHEN 'system' THEN e.data->'member'->>'id' = person.id::text
            WHEN 'tool_use' THEN lower(e.data->'input'->>'subject') = person.id::text
        END;
    UPDATE events e SET data = CASE e.type
            WHEN 'tool_use' THEN e.data || jsonb_build_object(
                'input', burn_replace(e.data->'input', pattern, nameless))
            ELSE e.data || jsonb_build_object(
                'content', burn_replace(e.data->'content', pattern, nameless))
        END
        WHERE e.thread_id = thread AND e.type IN ('tool_use', 'tool_result') AND e.data::text ~* pattern;
    UPDATE events e
        SET data = e.data || jsonb_build_object('content', burn_empty(e.data->'content')) || tombstone
        WHERE e.thread_id = thread AND e.type = 'tool_result' AND e.data->>'tool_use_id' IN (
            SELECT u.data->>'id' FROM events u
            WHERE u.thread_id = thread AND u.type = 'tool_use' AND u.data ? 'forgotten');
    UPDATE runs SET forgotten_at = moment WHERE id IN (
        SELECT id FROM runs WHERE thread_id = thread AND forgotten_at IS NULL
            AND (prompt_sha256 IS NOT NULL OR status = 'running')
        FOR NO KEY UPDATE SKIP LOCKED);
    -- Its name is gone if they gave it, or if it has theirs in it.
    UPDATE threads t SET forgotten_at = moment, name = CASE
            WHEN t.name ~* pattern OR person.id = (
                SELECT e.user_id FROM events e WHERE e.thread_id = thread AND e.type = 'system'
                    AND e.data->>'action' IN ('created', 'renamed') ORDER BY e.seq DESC LIMIT 1)
            THEN 'Untitled thread' ELSE t.name END
        WHERE t.id = thread;
    INSERT INTO events (thread_id, user_id, type, data)
        SELECT thread_id, user_id, 'system', '{"action": "left", "target": "thread"}'
        FROM memberships WHERE thread_id = thread AND user_id = person.id;
    DELETE FROM memberships WHERE thread_id = thread AND user_id = person.id;
END $$;
REVOKE EXECUTE ON FUNCTION burn_erase_in_thread(uuid, users, timestamptz, text) FROM PUBLIC;


-- Setting deleted_at, which only the person can do, does it. Their row stays without a name, so that
-- nobody's seqs get gaps. The threads in which nobody else is go altogether; the others pass on.
CREATE OR REPLACE FUNCTION burn_erase_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    nameless text := 'gone-' || left(replace(gen_random_uuid()::text, '-', ''), 11);
    thread uuid;
BEGIN
    IF burn_me() IS DISTINCT FROM OLD.id OR NEW.deleted_at IS NULL OR OLD.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION 'only a person can delete their account, once and for all'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'users_self_check';
    ELSIF OLD.is_host AND NOT EXISTS (SELECT FROM users WHERE is_host AND id <> OLD.id)
            AND EXISTS (SELECT FROM users WHERE type = 'human' AND id <> OLD.id AND deleted_at IS NULL) THEN
        RAISE EXCEPTION 'the only host can''t delete their account'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'users_last_host_check';
    END IF;
    DELETE FROM threads t WHERE
        EXISTS (SELECT FROM memberships m WHERE m.thread_id = t.id AND m.user_id = OLD.id)
        AND NOT EXISTS (SELECT FROM memberships m WHERE m.thread_id = t.id AND m.user_id <> OLD.id
            AND m.role IN ('owner', 'member'));
    FOR thread IN SELECT burn_threads_of(OLD.id) LOOP
        PERFORM burn_erase_in_thread(thread, OLD, NEW.deleted_at, nameless);
    END LOOP;
    DELETE FROM visits WHERE user_id = OLD.id;
    DELETE FROM tickets t USING sessions s
        WHERE s.user_id = OLD.id AND s.browser_id IN (t.browser_id, t.old_browser_id);
    DELETE FROM identities WHERE user_id = OLD.id;
    DELETE FROM sessions WHERE user_id = OLD.id;
    NEW.name := nameless;
    NEW.avatar_url := NULL;
    NEW.password_hash := NULL;
    NEW.is_host := false;
    RETURN NEW;
END $$;

-- Every thread that has a row of theirs or about them, in one order for all.
CREATE OR REPLACE FUNCTION burn_threads_of(person uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT thread_id FROM participants WHERE user_id = person
    UNION SELECT thread_id FROM events WHERE user_id = person
    UNION SELECT thread_id FROM facts WHERE subject_id = person
    ORDER BY 1
$$;

CREATE OR REPLACE TRIGGER erase_person BEFORE UPDATE OF deleted_at ON users FOR EACH ROW
    WHEN (NEW.deleted_at IS DISTINCT FROM OLD.deleted_at) EXECUTE FUNCTION burn_erase_person();


-- Delete the account of whoever is signed in.
CREATE OR REPLACE FUNCTION burn_delete_me() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    me uuid := burn_me();
    thread uuid;
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION 'nobody is signed in'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'users_self_check';
    END IF;
    -- Hosts are chosen one at a time: SoleTask.CHOOSE_HOSTS in db/locks.py.
    PERFORM pg_advisory_xact_lock(1752134516) FROM users WHERE id = me AND is_host;
    FOR thread IN SELECT burn_threads_of(me) LOOP
        PERFORM burn_lock_thread(thread);
    END LOOP;
    UPDATE users SET deleted_at = clock_timestamp() WHERE id = me;
END $$;
REVOKE EXECUTE ON FUNCTION burn_delete_me() FROM PUBLIC;


-- A thread that has people has an owner: when its owner leaves, the person who joined next becomes it.
CREATE OR REPLACE FUNCTION burn_hand_over() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    heir uuid;
BEGIN
    UPDATE memberships SET role = 'owner' WHERE id = (
        SELECT m.id FROM memberships m JOIN threads t ON t.id = m.thread_id
        WHERE m.thread_id = OLD.thread_id AND m.role = 'member'
        ORDER BY m.inserted_at, m.id LIMIT 1
    ) RETURNING user_id INTO heir;
    IF heir IS NOT NULL THEN
        INSERT INTO events (thread_id, user_id, type, data)
            VALUES (OLD.thread_id, heir, 'system', '{"action": "became_owner"}');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER hand_over AFTER DELETE ON memberships
    FOR EACH ROW WHEN (OLD.role = 'owner') EXECUTE FUNCTION burn_hand_over();
