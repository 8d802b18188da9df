-- Heads, anchors, counters and digests of the audit chain (tables: audit.sql), and who may use what.

CREATE OR REPLACE FUNCTION audit_head(OUT chain_id uuid, OUT seq bigint, OUT hash text, OUT moved_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    RETURN (SELECT (h.chain_id, h.seq, encode(h.hash, 'hex'), h.moved_at) FROM accounts_audithead h WHERE h.chain = 1);

-- Takes the present head as an anchor that waits to be delivered. Only the chain's own head can become one.
CREATE OR REPLACE FUNCTION audit_take_anchor() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    BEGIN ATOMIC
        INSERT INTO accounts_auditanchor (chain_id, seq, hash, at)
            SELECT h.chain_id, h.seq, h.hash, clock_timestamp() FROM accounts_audithead h WHERE h.chain = 1
            RETURNING id;
    END;

CREATE OR REPLACE FUNCTION audit_waiting_anchors()
    RETURNS TABLE (id bigint, chain_id uuid, seq bigint, hash text, at text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    BEGIN ATOMIC
        SELECT a.id, a.chain_id, a.seq, encode(a.hash, 'hex'), audit_time(a.at)
            FROM accounts_auditanchor a WHERE a.delivered_at IS NULL ORDER BY a.id;
    END;

CREATE OR REPLACE FUNCTION audit_anchors_delivered(ids bigint[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    BEGIN ATOMIC
        UPDATE accounts_auditanchor SET delivered_at = clock_timestamp()
            WHERE id = ANY (ids) AND delivered_at IS NULL;
    END;

-- Counts a refused attempt per assignment (0: nobody signed in) and hour; the first 20 are kept as samples.
CREATE OR REPLACE FUNCTION audit_record_denial(p_assignment bigint, p_what text, p_request_id text) RETURNS integer
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    BEGIN ATOMIC
        INSERT INTO accounts_auditdenial AS d (assignment_id, hour, attempts, last_at, samples)
            VALUES (coalesce(p_assignment, 0), date_trunc('hour', clock_timestamp()), 1, clock_timestamp(),
                jsonb_build_array(jsonb_build_object('at', audit_time(clock_timestamp()),
                    'what', left(p_what, 200), 'request', left(p_request_id, 64))))
            ON CONFLICT (assignment_id, hour) DO UPDATE SET
                attempts = d.attempts + 1,
                last_at = excluded.last_at,
                samples = CASE WHEN d.attempts < 20 THEN d.samples || excluded.samples ELSE d.samples END
            RETURNING attempts;
    END;

-- Facts for the health page: age of the newest anchor, of the oldest undelivered one and of the last verification
-- (seconds; null: none), breaks it found, and assignments with more than 20 refusals in this hour or the one before.
DROP FUNCTION IF EXISTS audit_health();
CREATE FUNCTION audit_health(OUT newest_anchor double precision, OUT oldest_waiting double precision,
                             OUT verified double precision, OUT breaks bigint, OUT denial_alarms bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT extract(epoch FROM clock_timestamp() - max(at)),
           extract(epoch FROM clock_timestamp() - min(at) FILTER (WHERE delivered_at IS NULL))
        INTO newest_anchor, oldest_waiting FROM accounts_auditanchor;
    SELECT extract(epoch FROM clock_timestamp() - at), (after ->> 'breaks')::bigint
        INTO verified, breaks FROM accounts_auditact WHERE type = 'audit.verify' ORDER BY id DESC LIMIT 1;
    SELECT count(*) INTO denial_alarms FROM accounts_auditdenial
        WHERE hour >= date_trunc('hour', clock_timestamp()) - interval '1 hour' AND attempts > 20;
END $$;

-- Key and digest of every row of a frozen table, for the verifier; of its content the key alone. Only an auditor of
-- the whole system or a registered system scope may ask.
CREATE OR REPLACE FUNCTION audit_frozen_rows(relation text, key text) RETURNS TABLE (row_key text, row_digest text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
    SET intervalstyle = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
BEGIN
    IF audit_caller() IN ('cunxuan_web', 'cunxuan_worker')
        AND (coalesce(scope_role(), '') NOT IN ('auditor', 'system') OR scope_path() <> '') THEN
        RAISE EXCEPTION 'audit: only an auditor of the whole system reads digests' USING ERRCODE = '42501';
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT j ->> %L, encode(audit_row_digest(j), ''hex'') FROM (SELECT to_jsonb(r) AS j FROM public.%I r) s',
        key, relation);
END $$;

-- ---------------------------------------------------------------- rights

DO $$
DECLARE
    name text;
    routine regprocedure;
BEGIN
    FOREACH name IN ARRAY ARRAY['act', 'event', 'chain', 'head', 'anchor', 'denial', 'cut', 'carried'] LOOP
        EXECUTE format('ALTER TABLE accounts_audit%s OWNER TO cunxuan_gatekeeper', name);
        EXECUTE format('ALTER TABLE accounts_audit%1$s ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE accounts_audit%1$s FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('REVOKE ALL ON accounts_audit%s FROM PUBLIC, cunxuan_owner, cunxuan_web, cunxuan_worker,'
            ' cunxuan_login, cunxuan_auditor, cunxuan_sealer, cunxuan_backup', name);
        EXECUTE format('DROP POLICY IF EXISTS gatekeeper ON accounts_audit%1$s', name);
        EXECUTE format('CREATE POLICY gatekeeper ON accounts_audit%1$s TO cunxuan_gatekeeper'
            ' USING (true) WITH CHECK (true)', name);
        EXECUTE format('DROP POLICY IF EXISTS readers ON accounts_audit%1$s', name);
        EXECUTE format('CREATE POLICY readers ON accounts_audit%1$s FOR SELECT'
            ' TO cunxuan_owner, cunxuan_auditor, cunxuan_backup USING (true)', name);
        EXECUTE format('DROP POLICY IF EXISTS auditors ON accounts_audit%1$s', name);
        EXECUTE format('CREATE POLICY auditors ON accounts_audit%1$s FOR SELECT TO cunxuan_web, cunxuan_worker'
            ' USING ((SELECT scope_role()) IN (''auditor'', ''system'')%2$s)', name,
            CASE name
                -- An auditor of an area sees its acts; the whole chain is for those without an area.
                WHEN 'act' THEN
                    ' AND unit_path >= (SELECT scope_path()) AND unit_path < (SELECT scope_end())'
                WHEN 'event' THEN
                    ' AND ((SELECT scope_path()) = '''' OR EXISTS (SELECT FROM accounts_auditact a WHERE a.id = act_id))'
                ELSE ' AND (SELECT scope_path()) = '''''
            END);
        EXECUTE format('GRANT SELECT ON accounts_audit%1$s TO cunxuan_owner, cunxuan_auditor, cunxuan_backup,'
            ' cunxuan_web, cunxuan_worker', name);
    END LOOP;
    FOR routine IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'audit\_%' LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO cunxuan_gatekeeper', routine);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', routine);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION text_has_personal_number(text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION audit_statement() TO cunxuan_owner;
GRANT EXECUTE ON FUNCTION audit_row_digest(jsonb), audit_time(timestamptz), audit_canonical(text[])
    TO cunxuan_owner, cunxuan_auditor, cunxuan_web, cunxuan_worker;
GRANT EXECUTE ON FUNCTION audit_open_act(bigint, text, text, text, text, text, jsonb, jsonb, text)
    TO cunxuan_owner, cunxuan_web, cunxuan_worker, cunxuan_login;
GRANT EXECUTE ON FUNCTION audit_head(), audit_health()
    TO cunxuan_owner, cunxuan_web, cunxuan_worker, cunxuan_sealer, cunxuan_auditor;
GRANT EXECUTE ON FUNCTION audit_take_anchor(), audit_waiting_anchors(), audit_anchors_delivered(bigint[])
    TO cunxuan_worker, cunxuan_sealer;
GRANT EXECUTE ON FUNCTION audit_record_denial(bigint, text, text) TO cunxuan_web, cunxuan_worker, cunxuan_login;
GRANT EXECUTE ON FUNCTION audit_frozen_rows(text, text)
    TO cunxuan_owner, cunxuan_auditor, cunxuan_web, cunxuan_worker;
GRANT EXECUTE ON FUNCTION audit_cut_plan(timestamptz),
    audit_cut(bigint, text[], timestamptz, bigint, bytea, text, text) TO cunxuan_worker;
