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
