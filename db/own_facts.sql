-- What people do about facts about themselves: confirm and dispute them, with an event, and forget
-- them. Everything here is CREATE OR REPLACE: running it twice changes nothing.


-- The event of confirming or disputing a fact also changes the fact. burn_place_event has made sure
-- that the event's author is the person whom the fact is about.
CREATE OR REPLACE FUNCTION burn_answer_fact() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_confirmed boolean := NEW.data->>'action' = 'confirmed';
BEGIN
    UPDATE facts SET disputed = NOT is_confirmed, hearsay = hearsay AND NOT is_confirmed,
            confirmed_at = CASE WHEN is_confirmed THEN NEW.inserted_at END
        WHERE thread_id = NEW.thread_id AND subject_id = NEW.user_id
            AND id::text = NEW.data->>'fact';
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER answer_fact AFTER INSERT ON events FOR EACH ROW
    WHEN (NEW.type = 'system' AND NEW.data->>'action' IN ('confirmed', 'disputed'))
    EXECUTE FUNCTION burn_answer_fact();


-- A text's words, for finding what to forget: without case, spaces and punctuation, and with a space
-- around them. Rather too much is forgotten than too little: noting facts, agents tell more of them
-- apart (burn_core/tools/noted.py).
CREATE OR REPLACE FUNCTION burn_words(said text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ' ' || btrim(lower(regexp_replace(coalesce(said, ''), '[[:space:][:punct:]]+', ' ', 'g'))) || ' '
$$;

-- Whether a text has these words (of burn_words) in it. Those of fewer than four letters are found in
-- too much that has nothing to do with them, so they count as found in nothing.
CREATE OR REPLACE FUNCTION burn_repeats(said text, words text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT length(words) >= 6 AND strpos(burn_words(said), words) > 0
$$;


-- The same JSON with its texts emptied, other than ids.
CREATE OR REPLACE FUNCTION burn_empty(value jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN CASE jsonb_typeof(value)
        WHEN 'object' THEN (
            SELECT coalesce(jsonb_object_agg(e.key, burn_empty(e.value)), '{}') FROM jsonb_each(value) e)
        WHEN 'array' THEN (
            SELECT coalesce(jsonb_agg(burn_empty(e.value) ORDER BY e.n), '[]')
            FROM jsonb_array_elements(value) WITH ORDINALITY e (value, n))
        WHEN 'string' THEN CASE
            WHEN value #>> '{}' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN value
            ELSE '""' END
        ELSE value
    END;
END $$;


-- What matches where an agent's text names somebody. Anybody can be called "likes": a word that is also
-- in an agent's prompt, or was said in the thread before they came, is a name only after an @. Nothing
-- else is asked: whether a name goes shows in the thread, and must tell nothing of what is said elsewhere.
CREATE OR REPLACE FUNCTION burn_mention(person users, thread uuid) RETURNS text
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN to_tsvector('english', person.name) = '' OR EXISTS (
            SELECT FROM agents a WHERE to_tsvector('simple', a.prompt) @@ phraseto_tsquery('simple', person.name)
        ) OR EXISTS (
            SELECT FROM events e
            WHERE e.thread_id = thread AND e.user_id <> person.id
                AND to_tsvector('simple', e.data) @@ phraseto_tsquery('simple', person.name)
                AND NOT EXISTS (
                    SELECT FROM events own WHERE own.thread_id = thread
                    AND own.user_id = person.id AND own.seq < e.seq)
                AND NOT EXISTS (
                    SELECT FROM memberships m WHERE m.thread_id = thread
                    AND m.user_id = person.id AND m.inserted_at <= e.inserted_at))
        THEN '(?<=(^|[^a-z0-9_.+-])@)' ELSE '(?<![a-z0-9_-])' END || person.name || '(?![a-z0-9_-])'
$$;


-- A tool use's notes with those about one fact emptied, or NULL if none is.
CREATE OR REPLACE FUNCTION burn_empty_notes(data jsonb, fact facts, tombstone jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    notes jsonb := data->'input'->'facts';
    emptied jsonb;
BEGIN
    IF data->>'name' <> 'extract_facts' OR jsonb_typeof(notes) IS DISTINCT FROM 'array' THEN
        RETURN NULL;
    END IF;
    SELECT jsonb_agg(CASE
            WHEN data->'fact_ids'->>(n::int - 1) = fact.id::text
                OR lower(note->>'subject') = fact.subject_id::text
                    AND burn_words(note->>'predicate') = burn_words(fact.predicate)
                    AND burn_words(note->>'object') = burn_words(fact.object)
            THEN burn_empty(note) || tombstone ELSE note END ORDER BY n)
        INTO emptied FROM jsonb_array_elements(notes) WITH ORDINALITY each (note, n);
    RETURN CASE WHEN emptied <> notes THEN jsonb_set(data, '{input,facts}', emptied) || tombstone END;
END $$;


-- Whether a tool use tells of a fact: it cites it, or says its words and is about the person or names
-- them, by their name or id. A roast about the person that cites nothing may be built on it, too.
CREATE OR REPLACE FUNCTION burn_tells(data jsonb, told_at timestamptz, fact facts) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    said text := (SELECT string_agg(value, ' ') FROM jsonb_each_text(data->'input'));
    is_about boolean := lower(data->'input'->>'subject') = fact.subject_id::text;
BEGIN
    RETURN data->>'name' <> 'extract_facts' AND (
        strpos(lower(said), fact.id::text) > 0
        OR burn_repeats(said, burn_words(fact.object))
            -- Looked up last: it searches the thread.
            AND (is_about OR strpos(lower(said), fact.subject_id::text) > 0
                OR said ~* (SELECT burn_mention(u, fact.thread_id) FROM users u WHERE id = fact.subject_id))
        OR is_about AND data->>'name' = 'roast_user' AND told_at >= fact.inserted_at
            AND coalesce(data->'input'->'facts', '[]') = '[]'
    );
END $$;


-- Setting forgotten_at, which only the person concerned can do, empties the fact and what carried its
-- words: their own messages, and what agents wrote. Each event keeps its place and its shape, and its
-- tombstone says when and by whom. Other people's messages stay. The runs whose prompts held the
-- words say so: their prompts can't be made again.
CREATE OR REPLACE FUNCTION burn_erase() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    tombstone jsonb := jsonb_build_object('forgotten', jsonb_build_object(
        'at', NEW.forgotten_at, 'by', OLD.subject_id,
        'why', 'These words are gone because the person whom they were about wished it.'));
    first_seq int;
BEGIN
    IF burn_me() IS DISTINCT FROM OLD.subject_id OR NEW.forgotten_at IS NULL
            OR OLD.forgotten_at IS NOT NULL THEN
        RAISE EXCEPTION 'only the person whom a fact is about can forget it, once and for all'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'facts_subject_check';
    END IF;
    WITH emptied AS (
        UPDATE events e SET data = CASE e.type
                WHEN 'text' THEN burn_empty(e.data) || tombstone
                ELSE coalesce(burn_empty_notes(e.data, OLD, tombstone),
                    e.data || jsonb_build_object('input', burn_empty(e.data->'input')) || tombstone)
            END
        WHERE e.thread_id = OLD.thread_id AND CASE e.type
            WHEN 'text' THEN e.user_id = OLD.subject_id AND NOT e.data ? 'forgotten'
                AND (e.id = OLD.source_event_id OR burn_repeats(e.data->>'text', burn_words(OLD.object)))
            WHEN 'tool_use' THEN burn_empty_notes(e.data, OLD, tombstone) IS NOT NULL
                OR burn_tells(e.data, e.inserted_at, OLD)
        END
        RETURNING e.seq, e.data->>'id' AS tool_use_id
    ), results AS (
        UPDATE events e
        SET data = e.data || jsonb_build_object('content', burn_empty(e.data->'content')) || tombstone
        WHERE e.thread_id = OLD.thread_id AND e.type = 'tool_result'
            AND e.data->>'tool_use_id' IN (SELECT tool_use_id FROM emptied)
    )
    SELECT min(seq) INTO first_seq FROM emptied;
    -- A run that is being ended at this moment is locked, and is refused (burn_place_event).
    UPDATE runs SET forgotten_at = NEW.forgotten_at WHERE id IN (
        SELECT id FROM runs WHERE thread_id = OLD.thread_id AND to_seq >= first_seq
            AND forgotten_at IS NULL AND (prompt_sha256 IS NOT NULL OR status = 'running')
        FOR NO KEY UPDATE SKIP LOCKED);
    UPDATE threads SET forgotten_at = NEW.forgotten_at WHERE id = OLD.thread_id;
    NEW.predicate := '';
    NEW.object := '';
    NEW.category := 'other';
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER erase BEFORE UPDATE OF forgotten_at ON facts FOR EACH ROW
    WHEN (NEW.forgotten_at IS DISTINCT FROM OLD.forgotten_at) EXECUTE FUNCTION burn_erase();


-- Lock what forgetting changes, in the order of db/locks.py. A claim that is under way ends before this
-- goes on, and no other begins in the thread until the transaction has ended.
CREATE OR REPLACE FUNCTION burn_lock_thread(thread uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM runs WHERE thread_id = thread AND status = 'running' FOR NO KEY UPDATE;
    PERFORM FROM threads WHERE id = thread FOR NO KEY UPDATE;
    UPDATE memberships SET due_since = coalesce(due_since, clock_timestamp())
        WHERE thread_id = thread AND role IN ('producer', 'comedian');
END $$;
REVOKE EXECUTE ON FUNCTION burn_lock_thread(uuid) FROM PUBLIC;


-- Forget a fact, and the other facts about the person in its thread that repeat its words. The person
-- may have left the thread. If they haven't, an event says that they did it, but not what.
CREATE OR REPLACE FUNCTION burn_forget(fact uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    it facts := (SELECT f FROM facts f WHERE f.id = fact);
BEGIN
    IF burn_me() IS DISTINCT FROM it.subject_id OR it.subject_id IS NULL THEN
        RAISE EXCEPTION 'only the person whom a fact is about can forget it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'facts_subject_check';
    END IF;
    PERFORM burn_lock_thread(it.thread_id);
    UPDATE facts SET forgotten_at = clock_timestamp()
        WHERE thread_id = it.thread_id AND subject_id = it.subject_id AND forgotten_at IS NULL
            AND (id = it.id OR burn_repeats(predicate || ' ' || object, burn_words(it.object))
                OR burn_words(predicate) = burn_words(it.predicate)
                    AND burn_words(object) = burn_words(it.object));
    IF FOUND THEN
        INSERT INTO events (thread_id, user_id, type, data)
            SELECT thread_id, user_id, 'system',
                jsonb_build_object('action', 'forgot', 'target', 'fact', 'fact', it.id)
            FROM memberships WHERE thread_id = it.thread_id AND user_id = it.subject_id;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION burn_forget(uuid) FROM PUBLIC;
