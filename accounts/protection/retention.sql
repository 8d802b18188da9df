-- What the last run of a retention rule did; the worker writes it through this function alone.
CREATE OR REPLACE FUNCTION retention_note(p_rule text, p_removed bigint, p_error text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO accounts_retentionrun AS r (rule, at, removed, error)
        VALUES (left(p_rule, 64), clock_timestamp(), p_removed, left(p_error, 64))
        ON CONFLICT (rule) DO UPDATE SET at = excluded.at, removed = excluded.removed, error = excluded.error;
$$;
GRANT EXECUTE ON FUNCTION retention_note(text, bigint, text) TO cunxuan_worker;
