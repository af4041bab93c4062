-- What model calls cost. Everything here is CREATE OR REPLACE: running it twice changes nothing.


-- As a run notes its calls and tokens, they are added up for its thread, and for the person it is
-- charged to, by the hour (of UTC). Caps are checked against these sums (burn_core/runs/spending.py).
-- Many runs expire in one transaction. It counts in a shard of its own: holding rows of several
-- threads and people, it could wait for another such transaction while that one waits for it.
CREATE OR REPLACE FUNCTION burn_count_spending() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO spending AS s (whose, whose_id, hour, shard, calls, tokens)
        SELECT payer.whose, payer.id, date_trunc('hour', clock_timestamp(), 'UTC'),
            CASE NEW.status WHEN 'expired' THEN -pg_backend_pid() ELSE pg_backend_pid() % 16 END,
            NEW.attempts - OLD.attempts, burn_count_tokens(NEW) - burn_count_tokens(OLD)
        FROM (VALUES ('thread', NEW.thread_id), ('person', NEW.charged_to)) AS payer(whose, id)
        WHERE payer.id IS NOT NULL
        ON CONFLICT (whose, whose_id, hour, shard) DO UPDATE SET
            calls = s.calls + EXCLUDED.calls, tokens = s.tokens + EXCLUDED.tokens;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION burn_count_tokens(run runs) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(run.input_tokens, 0)::bigint + coalesce(run.output_tokens, 0)
        + coalesce(run.cache_creation_input_tokens, 0) + coalesce(run.cache_read_input_tokens, 0)
$$;

CREATE OR REPLACE TRIGGER count_spending AFTER UPDATE OF attempts ON runs
    FOR EACH ROW WHEN (NEW.attempts > OLD.attempts) EXECUTE FUNCTION burn_count_spending();


-- The screen says which cap an agent waits for.
CREATE OR REPLACE FUNCTION burn_notify_waiting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('burn_changes', 'runs:' || NEW.thread_id);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER notify_waiting AFTER UPDATE OF waits_for ON memberships
    FOR EACH ROW WHEN (NEW.waits_for IS DISTINCT FROM OLD.waits_for)
    EXECUTE FUNCTION burn_notify_waiting();
