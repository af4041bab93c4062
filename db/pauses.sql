-- What becomes of an agent whose run failed. It holds for every writer. Everything here is CREATE OR
-- REPLACE: running it twice changes nothing.


-- A failed run hands its events back: its agent is due again from the first of them, after a pause
-- that doubles with each failure in a row, from 5 seconds to an hour. It goes to the end of the
-- queue, so that agents which fail hold up no others.
CREATE OR REPLACE FUNCTION burn_hand_back() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE memberships SET
        last_seen_seq = NEW.from_seq - 1,
        due_since = clock_timestamp(),
        failures = failures + 1,
        wakes_at = clock_timestamp()
            + make_interval(secs => least(5 * 2 ^ least(failures, 10), 3600))
        WHERE thread_id = NEW.thread_id AND user_id = NEW.user_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER hand_back AFTER INSERT OR UPDATE OF status ON runs
    FOR EACH ROW WHEN (NEW.status = 'failed') EXECUTE FUNCTION burn_hand_back();


-- A new version of an agent is worth a try at once.
CREATE OR REPLACE FUNCTION burn_end_pauses() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE memberships SET failures = 0, wakes_at = NULL
        WHERE user_id = NEW.user_id AND failures > 0;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER end_pauses AFTER INSERT ON agents
    FOR EACH ROW EXECUTE FUNCTION burn_end_pauses();
