-- A past moment is told once and for all only when everything stamped by it is committed. Whoever stamps a row holds a
-- shared lock of its table from before the clock is read until its commit (set_server_time). A reader of a moment lets
-- those finish that hold it now; whoever takes it later reads a later clock. Design: docs/decisions/0012.

-- Whether nothing stamped by now in these tables is still on its way; waits for it, at most as long as lock_timeout.
-- On a replica there is nothing to wait for: the job has asked the primary before it turned to the replica.
CREATE OR REPLACE FUNCTION moment_settled(VARIADIC stamped text[]) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text;
    key int;
BEGIN
    IF pg_is_in_recovery() THEN RETURN true; END IF;
    FOREACH name IN ARRAY stamped LOOP
        key := (to_regclass('public.' || quote_ident(name))::oid::bigint % 2147483647)::int;
        CONTINUE WHEN NOT EXISTS (
            SELECT FROM pg_locks
             WHERE locktype = 'advisory' AND classid = 1297036622 AND objid::bigint = key AND objsubid = 2
               AND mode = 'ShareLock' AND granted AND pid <> pg_backend_pid()
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database()));
        -- The lock is given back at once, with the block that took it: nobody waits for the reader.
        BEGIN
            PERFORM pg_advisory_xact_lock(1297036622, key);
            RAISE EXCEPTION 'settled' USING ERRCODE = 'CX010';
        EXCEPTION
            WHEN SQLSTATE 'CX010' THEN NULL;
            WHEN lock_not_available THEN RETURN false;
        END;
    END LOOP;
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION moment_settled(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moment_settled(text[]) TO cunxuan_web, cunxuan_worker;

-- The clock for a time that an UPDATE writes: under the same lock of the table, held to the commit.
CREATE OR REPLACE FUNCTION moment_stamp(stamped text) RETURNS timestamptz
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(
        1297036622, (to_regclass('public.' || quote_ident(stamped))::oid::bigint % 2147483647)::int);
    RETURN clock_timestamp();
END $$;
REVOKE ALL ON FUNCTION moment_stamp(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION moment_stamp(text) TO cunxuan_web, cunxuan_worker;

-- Keep what an UPDATE has replaced, with the time it held. TG_ARGV[0] is the table that keeps it: the columns of this one
-- and <row>_id, known_from, known_until. A row counts as changed when its version does, or anything else of it but where
-- its unit stands.
CREATE OR REPLACE FUNCTION keep_versions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    columns text;
    old_columns text;
    owner text := split_part(TG_TABLE_NAME, '_', 2) || '_id';
    outside constant text[] := ARRAY['updated_at', 'unit_path', 'recipient_path', 'recipient_left'];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1297036622, (TG_RELID::bigint % 2147483647)::int);
    SELECT string_agg(quote_ident(attname), ', '), string_agg('was.' || quote_ident(attname), ', ')
      INTO columns, old_columns FROM pg_attribute
     WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND attname <> 'id';
    EXECUTE format(
        'INSERT INTO public.%1$I (%2$I, known_from, known_until, %3$s) '
        'SELECT was.id, coalesce((SELECT max(v.known_until) FROM public.%1$I v WHERE v.%2$I = was.id), was.created_at),'
        ' $1, %4$s FROM version_was was JOIN version_is now_ ON now_.id = was.id '
        'WHERE now_.version <> was.version OR to_jsonb(now_) - $2 <> to_jsonb(was) - $2',
        TG_ARGV[0], owner, columns, old_columns) USING clock_timestamp(), outside;
    RETURN NULL;
END $$;
