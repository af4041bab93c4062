-- What follows a change: touch dates the row, trace records deletions, and notify tells listeners.
-- Everything here is CREATE OR REPLACE: running it twice changes nothing.


-- Tables whose rows change: updated_at is the time of the last change, changed_in its transaction.
CREATE OR REPLACE FUNCTION burn_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    NEW.changed_in := pg_current_xact_id();
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON limits
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON identities
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON tickets
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON threads
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON memberships
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON visits
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON facts
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON runs
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON circuits
    FOR EACH ROW EXECUTE FUNCTION burn_touch();
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON spending
    FOR EACH ROW EXECUTE FUNCTION burn_touch();


-- A deleted row leaves a trace for those who follow the rows (burn_core/sync), without its content.
CREATE OR REPLACE FUNCTION burn_trace() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone jsonb := to_jsonb(OLD);
BEGIN
    INSERT INTO deletions (table_name, row_id, thread_id, user_id)
    VALUES (
        TG_TABLE_NAME,
        OLD.id,
        coalesce(gone->>'thread_id', gone->>'id')::uuid,
        CASE TG_TABLE_NAME WHEN 'memberships' THEN (gone->>'user_id')::uuid END
    );
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER trace AFTER DELETE ON threads
    FOR EACH ROW EXECUTE FUNCTION burn_trace();
CREATE OR REPLACE TRIGGER trace AFTER DELETE ON memberships
    FOR EACH ROW EXECUTE FUNCTION burn_trace();
CREATE OR REPLACE TRIGGER trace AFTER DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION burn_trace();
CREATE OR REPLACE TRIGGER trace AFTER DELETE ON facts
    FOR EACH ROW EXECUTE FUNCTION burn_trace();


-- Say that something changed, as table:id, on the one channel: burn_changes. Workers wake for the
-- tables that make agents due; each part of a screen redraws for the tables that it shows. A
-- notification is a hint, never data: listeners read the tables.
CREATE OR REPLACE FUNCTION burn_notify() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid;
BEGIN
    IF TG_TABLE_NAME = 'threads' THEN
        changed := coalesce(NEW.id, OLD.id);
    ELSE
        changed := coalesce(NEW.thread_id, OLD.thread_id);
    END IF;
    PERFORM pg_notify('burn_changes', TG_TABLE_NAME || ':' || changed);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER notify AFTER INSERT OR DELETE OR UPDATE OF name, status, spectator_key, invitation_key
    ON threads
    FOR EACH ROW EXECUTE FUNCTION burn_notify();
CREATE OR REPLACE TRIGGER notify AFTER INSERT OR DELETE OR UPDATE OF role, tapped_out_at ON memberships
    FOR EACH ROW EXECUTE FUNCTION burn_notify();
CREATE OR REPLACE TRIGGER notify AFTER INSERT OR DELETE ON visits
    FOR EACH ROW EXECUTE FUNCTION burn_notify();
CREATE OR REPLACE TRIGGER notify AFTER INSERT OR DELETE OR UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION burn_notify();
CREATE OR REPLACE TRIGGER notify AFTER INSERT OR DELETE OR UPDATE ON facts
    FOR EACH ROW EXECUTE FUNCTION burn_notify();
CREATE OR REPLACE TRIGGER notify AFTER INSERT OR DELETE OR UPDATE OF status, error, forgotten_at ON runs
    FOR EACH ROW EXECUTE FUNCTION burn_notify();


-- A person's own screen shows their name, their sign-in and the list of their threads. Every role can
-- listen, so a browser's id, which is in its cookie, is hashed (burn_core/room/access.py).
CREATE OR REPLACE FUNCTION burn_notify_user() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'users' THEN
        PERFORM pg_notify('burn_changes', 'users:' || NEW.id);
        PERFORM pg_notify('burn_changes', 'memberships:' || m.thread_id)
            FROM memberships m WHERE m.user_id = NEW.id;
    ELSE
        PERFORM pg_notify('burn_changes', 'users:' || coalesce(NEW.user_id, OLD.user_id));
    END IF;
    IF TG_TABLE_NAME = 'sessions' THEN
        PERFORM pg_notify('burn_changes', 'sessions:' || encode(substr(
            sha256(uuid_send(coalesce(NEW.browser_id, OLD.browser_id))), 1, 16), 'hex')::uuid);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER notify_user AFTER UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION burn_notify_user();
CREATE OR REPLACE TRIGGER notify_user AFTER INSERT OR DELETE OR UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION burn_notify_user();
CREATE OR REPLACE TRIGGER notify_user AFTER INSERT OR DELETE ON memberships
    FOR EACH ROW EXECUTE FUNCTION burn_notify_user();


-- Every thread's screen says when its agents can't reach their model, and a circuit is of no thread.
-- So those that somebody may be looking at are told, as if their runs had changed. It happens rarely.
CREATE OR REPLACE FUNCTION burn_notify_circuit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_notify('burn_changes', 'runs:' || t.id) FROM threads t
        WHERE t.status = 'started' AND t.updated_at > now() - interval '1 day';
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER notify_opened AFTER UPDATE OF opened_at ON circuits
    FOR EACH ROW WHEN (OLD.opened_at IS NULL AND NEW.opened_at IS NOT NULL)
    EXECUTE FUNCTION burn_notify_circuit();
CREATE OR REPLACE TRIGGER notify_closed AFTER DELETE ON circuits
    FOR EACH ROW WHEN (OLD.opened_at IS NOT NULL) EXECUTE FUNCTION burn_notify_circuit();


-- How full the queue of notifications is, once what everybody has read is cleared. If it is fuller than
-- most, sessions of the roles that only read are ended, whose owners may listen and never read: how many
-- have been.
CREATE OR REPLACE FUNCTION burn_tend_queue(most float8, OUT used float8, OUT ended int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    used := pg_notification_queue_usage();
    ended := 0;
    IF used > most THEN
        SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) INTO ended FROM pg_stat_activity
            WHERE usename ~ '^burn_(console|reader|notebook)_' AND pg_has_role(usesysid, 'USAGE');
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION burn_tend_queue(float8) FROM PUBLIC;
