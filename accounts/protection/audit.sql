-- The audit chain: acts, events, chain, head, anchors, denials.
--
-- An action opens an act (audit_open_act). Statement triggers add one event per table and statement
-- (audit_statement). Deferred constraint triggers append both to one hash chain at commit (audit_seal), so the
-- lock on the head is held during the commit alone. Everything belongs to the gatekeeper; application roles
-- have no direct right to write. Rows are append-only even for their owner, but for what a signed cut covers
-- (audit_cuts.sql).
--
-- Error codes: CX001 no open act, CX002 no scope, CX004 append-only, CX005 another
-- actor than the scope's.

-- The pattern of accounts/free_text.py (a test compares them).
CREATE OR REPLACE FUNCTION text_has_personal_number(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN value ~ ('((^|[^0-9０-９])((00|[+])?86)?[ -]?[1１][3-9３-９]([ -]?[0-9０-９]){9}([^0-9０-９]|$))|'
        || '([0-9０-９]([ -]?[0-9０-９]){16}[ -]?[0-9０-９XxＸｘ])');

CREATE TABLE IF NOT EXISTS accounts_auditact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xact bigint NOT NULL,
    opened timestamptz NOT NULL,
    at timestamptz NOT NULL,
    type varchar(64) NOT NULL,
    subject_kind varchar(64) NOT NULL,
    subject_id varchar(64) NOT NULL,
    unit_path varchar(64) COLLATE "C" NOT NULL,
    assignment_id bigint,
    holder_name varchar(64) NOT NULL,
    role varchar(32) NOT NULL,
    office_name varchar(128) NOT NULL,
    area_path varchar(64) COLLATE "C" NOT NULL,
    reason varchar(500) NOT NULL CONSTRAINT audit_reason_no_personal_number
        CHECK (NOT text_has_personal_number(reason)),
    before jsonb,
    after jsonb,
    request_id varchar(64) NOT NULL
);
CREATE INDEX IF NOT EXISTS accounts_auditact_xact ON accounts_auditact (xact, id);
CREATE INDEX IF NOT EXISTS accounts_auditact_at ON accounts_auditact (at);
CREATE INDEX IF NOT EXISTS accounts_auditact_type ON accounts_auditact (type, id);
CREATE INDEX IF NOT EXISTS accounts_auditact_holder ON accounts_auditact (assignment_id, id);
CREATE INDEX IF NOT EXISTS accounts_auditact_unit ON accounts_auditact (unit_path, id);

CREATE TABLE IF NOT EXISTS accounts_auditevent (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act_id bigint NOT NULL REFERENCES accounts_auditact,
    at timestamptz NOT NULL,
    relation varchar(64) NOT NULL,
    op varchar(8) NOT NULL CHECK (op IN ('INSERT', 'UPDATE', 'DELETE')),
    row_count bigint NOT NULL CHECK (row_count > 0),
    keys jsonb NOT NULL,
    digest bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS accounts_auditevent_act ON accounts_auditevent (act_id, id);

CREATE TABLE IF NOT EXISTS accounts_auditchain (
    seq bigint PRIMARY KEY,
    chain smallint NOT NULL,
    kind varchar(5) NOT NULL CHECK (kind IN ('act', 'event')),
    ref bigint NOT NULL,
    prev bytea NOT NULL UNIQUE,
    hash bytea NOT NULL,
    algo varchar(8) NOT NULL,
    sealed_at timestamptz NOT NULL,
    UNIQUE (kind, ref)
);

CREATE TABLE IF NOT EXISTS accounts_audithead (
    chain smallint PRIMARY KEY,
    chain_id uuid NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    moved_at timestamptz NOT NULL
) WITH (fillfactor = 50);
INSERT INTO accounts_audithead
    SELECT 1, u.id, 0, sha256(convert_to(u.id::text, 'UTF8')), clock_timestamp()
    FROM (SELECT gen_random_uuid() AS id) u
    WHERE NOT EXISTS (SELECT FROM accounts_audithead) AND NOT EXISTS (SELECT FROM accounts_auditchain);

CREATE TABLE IF NOT EXISTS accounts_auditanchor (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain_id uuid NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    at timestamptz NOT NULL,
    delivered_at timestamptz
);
CREATE INDEX IF NOT EXISTS accounts_auditanchor_waiting ON accounts_auditanchor (id) WHERE delivered_at IS NULL;

CREATE TABLE IF NOT EXISTS accounts_auditdenial (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    assignment_id bigint NOT NULL,
    hour timestamptz NOT NULL,
    attempts integer NOT NULL,
    last_at timestamptz NOT NULL,
    samples jsonb NOT NULL,
    UNIQUE (assignment_id, hour)
);
CREATE INDEX IF NOT EXISTS accounts_auditdenial_hour ON accounts_auditdenial (hour);

-- ---------------------------------------------------------------- append-only

CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'audit: % on % is refused, the table is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'CX004';
END $$;

-- The head only steps forward by one onto an entry that is in the chain; an anchor only becomes delivered, once.
CREATE OR REPLACE FUNCTION audit_guard_head() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.chain <> OLD.chain OR NEW.chain_id <> OLD.chain_id OR NEW.seq <> OLD.seq + 1
        OR NOT EXISTS (SELECT FROM accounts_auditchain c WHERE c.seq = NEW.seq AND c.hash = NEW.hash) THEN
        RAISE EXCEPTION 'audit: the head of the chain moves by sealing alone' USING ERRCODE = 'CX004';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION audit_guard_anchor() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.delivered_at IS NOT NULL OR NEW.delivered_at IS NULL
        OR (NEW.id, NEW.chain_id, NEW.seq, NEW.hash, NEW.at) <> (OLD.id, OLD.chain_id, OLD.seq, OLD.hash, OLD.at) THEN
        RAISE EXCEPTION 'audit: an anchor is delivered once and otherwise never changed' USING ERRCODE = 'CX004';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION audit_guard_denial() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.assignment_id, NEW.hour, NEW.attempts) <> (OLD.id, OLD.assignment_id, OLD.hour, OLD.attempts + 1) THEN
        RAISE EXCEPTION 'audit: a counter of refusals only counts on' USING ERRCODE = 'CX004';
    END IF;
    RETURN NEW;
END $$;

DO $$
DECLARE
    name text;
    forbidden text;
BEGIN
    FOREACH name IN ARRAY ARRAY['act', 'event', 'chain', 'head', 'anchor', 'denial'] LOOP
        -- A row that a signed cut covers may go: audit_cuts.sql looks at each.
        forbidden := CASE name WHEN 'head' THEN 'DELETE OR TRUNCATE' WHEN 'anchor' THEN 'TRUNCATE'
                          WHEN 'denial' THEN 'TRUNCATE' ELSE 'UPDATE OR TRUNCATE' END;
        EXECUTE format('CREATE OR REPLACE TRIGGER append_only BEFORE %s ON accounts_audit%s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()', forbidden, name);
    END LOOP;
END $$;
CREATE OR REPLACE TRIGGER guard_head BEFORE UPDATE ON accounts_audithead
    FOR EACH ROW EXECUTE FUNCTION audit_guard_head();
CREATE OR REPLACE TRIGGER guard_denial BEFORE UPDATE ON accounts_auditdenial
    FOR EACH ROW EXECUTE FUNCTION audit_guard_denial();
CREATE OR REPLACE TRIGGER guard_anchor BEFORE UPDATE ON accounts_auditanchor
    FOR EACH ROW EXECUTE FUNCTION audit_guard_anchor();

-- ---------------------------------------------------------------- acts

-- The role that speaks, also inside a security-definer function.
CREATE OR REPLACE FUNCTION audit_caller() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN coalesce(nullif(current_setting('role'), 'none'), session_user::text);

CREATE OR REPLACE FUNCTION audit_caller_is_application() RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
    RETURN audit_caller() IN ('cunxuan_web', 'cunxuan_worker', 'cunxuan_login', 'cunxuan_auditor', 'cunxuan_sealer',
        'cunxuan_backup');

-- Opens an act in the current transaction and returns its number. Who acts is copied from the scope token,
-- never taken from the caller; p_assignment only guards against acting in one name under another's scope.
CREATE OR REPLACE FUNCTION audit_open_act(
    p_assignment bigint, p_type text, p_subject_kind text, p_subject_id text, p_unit_path text,
    p_reason text, p_before jsonb, p_after jsonb, p_request_id text
) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    actor record;
    office text := '';
    act_id bigint;
BEGIN
    SELECT * INTO actor FROM scope_row();
    IF p_assignment IS NOT NULL AND p_assignment IS DISTINCT FROM actor.assignment_id THEN
        RAISE EXCEPTION 'audit: assignment % does not act in this scope', p_assignment USING ERRCODE = 'CX005';
    END IF;
    IF actor.assignment_id IS NOT NULL THEN
        SELECT holder_name, office_name INTO STRICT actor.holder, office
            FROM accounts_assignment WHERE id = actor.assignment_id;
    ELSIF actor.role IS NOT NULL THEN
        actor.holder := actor.system_name;
    ELSIF NOT audit_caller_is_application() OR audit_caller() = 'cunxuan_login' THEN
        actor.role := 'system';
        actor.holder := audit_caller();
    ELSE
        RAISE EXCEPTION 'audit: an act needs a scope, none is set' USING ERRCODE = 'CX002';
    END IF;
    INSERT INTO accounts_auditact (
        xact, opened, at, type, subject_kind, subject_id, unit_path,
        assignment_id, holder_name, role, office_name, area_path, reason, before, after, request_id
    ) VALUES (
        pg_current_xact_id()::text::bigint, transaction_timestamp(), clock_timestamp(),
        p_type, p_subject_kind, p_subject_id, coalesce(p_unit_path, actor.path, ''),
        actor.assignment_id, actor.holder, actor.role, office, coalesce(actor.path, ''),
        normalize(p_reason, NFC), p_before, p_after, p_request_id
    ) RETURNING id INTO act_id;
    RETURN act_id;
END $$;

-- ---------------------------------------------------------------- events

-- Content of one row for digests: without nulls (so that a new nullable column keeps old digests valid) and
-- without unit_path (a scope index, moved with the area).
CREATE OR REPLACE FUNCTION audit_row_digest(content jsonb) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN sha256(convert_to((jsonb_strip_nulls(content) - 'unit_path')::text, 'UTF8'));

-- The distinct keys a statement touched: a list up to 50; above that count, least and greatest, and for whole
-- numbers the ranges without gaps (always when `exact`, else up to 50 of them).
CREATE OR REPLACE FUNCTION audit_keys(keys text[], exact boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    n bigint := cardinality(keys);
    numeric_keys boolean;
    answer jsonb;
    islands jsonb;
BEGIN
    numeric_keys := (SELECT bool_and(k ~ '^[0-9]{1,18}$') FROM unnest(keys) k);
    IF n <= 50 OR (exact AND NOT numeric_keys) THEN
        RETURN to_jsonb(keys);
    END IF;
    IF NOT numeric_keys THEN
        RETURN (SELECT jsonb_build_object('count', n, 'min', min(k COLLATE "C"), 'max', max(k COLLATE "C"))
                FROM unnest(keys) k);
    END IF;
    SELECT jsonb_agg(jsonb_build_array(low, high) ORDER BY low) INTO islands FROM (
        SELECT min(k) AS low, max(k) AS high FROM (
            SELECT k, k - row_number() OVER (ORDER BY k) AS island
            FROM (SELECT t::bigint AS k FROM unnest(keys) t) whole
        ) numbered GROUP BY island
    ) ranges;
    answer := jsonb_build_object('count', n, 'min', islands -> 0 -> 0, 'max', islands -> -1 -> 1);
    IF exact OR jsonb_array_length(islands) <= 50 THEN
        answer := answer || jsonb_build_object('ranges', islands);
    END IF;
    RETURN answer;
END $$;

-- Statement trigger: one event per table and statement. Arguments: key column, 'exact' or 'short' (see audit_keys).
-- The digest is the sha256 of the sorted row digests, so it does not depend on the order of the rows.
CREATE OR REPLACE FUNCTION audit_statement() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
    SET intervalstyle = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
    v_act bigint;
    v_count bigint;
    v_keys text[];
    v_digest bytea;
BEGIN
    EXECUTE format(
        'SELECT count(*), array_agg(DISTINCT key)::text[], sha256(string_agg(digest, '''' ORDER BY digest))'
        ' FROM (SELECT r.%I AS key, audit_row_digest(to_jsonb(r)) AS digest FROM %I r) touched',
        TG_ARGV[0], CASE TG_OP WHEN 'DELETE' THEN 'audit_old' ELSE 'audit_new' END)
        INTO v_count, v_keys, v_digest;
    IF v_count = 0 THEN
        RETURN NULL;
    END IF;
    SELECT id INTO v_act FROM accounts_auditact
        WHERE xact = pg_current_xact_id()::text::bigint AND opened = transaction_timestamp()
        ORDER BY id DESC LIMIT 1;
    IF v_act IS NULL AND audit_caller_is_application() THEN
        RAISE EXCEPTION 'audit: % on % without an open act in this transaction', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'CX001', HINT = 'Call audit.act() before writing.';
    ELSIF v_act IS NULL THEN
        -- The owner (migrations, loaders, a database administrator) is recorded rather than refused.
        v_act := audit_open_act(NULL, 'owner.write', '', '', NULL, '', NULL, NULL, '');
    END IF;
    INSERT INTO accounts_auditevent (act_id, at, relation, op, row_count, keys, digest)
        VALUES (v_act, clock_timestamp(), TG_TABLE_NAME, TG_OP, v_count, audit_keys(v_keys, TG_ARGV[1] = 'exact'), v_digest);
    RETURN NULL;
END $$;

-- ---------------------------------------------------------------- sealing

-- Bytes of a list of texts that no other list shares: every text with its length, a missing one as '-'.
CREATE OR REPLACE FUNCTION audit_canonical(VARIADIC texts text[]) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT convert_to(string_agg(coalesce(octet_length(t) || ':' || t, '-'), ',' ORDER BY n), 'UTF8')
            FROM unnest(texts) WITH ORDINALITY AS listed(t, n));

CREATE OR REPLACE FUNCTION audit_time(value timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char(value AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

CREATE OR REPLACE FUNCTION audit_seal() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head accounts_audithead%ROWTYPE;
    v_kind constant text := TG_ARGV[0];
    v_now timestamptz;
    v_hash bytea;
    content bytea;
BEGIN
    SELECT * INTO STRICT head FROM accounts_audithead WHERE chain = 1 FOR UPDATE;
    v_now := greatest(clock_timestamp(), head.moved_at);
    head.seq := head.seq + 1;
    IF v_kind = 'act' THEN
        content := audit_canonical('CX1', head.seq::text, '1', 'act', NEW.id::text, audit_time(v_now),
            audit_time(NEW.at), NEW.type, NEW.subject_kind, NEW.subject_id, NEW.unit_path, NEW.assignment_id::text,
            NEW.holder_name, NEW.role, NEW.office_name, NEW.area_path, NEW.reason, NEW.before::text,
            NEW.after::text, NEW.request_id);
    ELSE
        content := audit_canonical('CX1', head.seq::text, '1', 'event', NEW.id::text, audit_time(v_now),
            audit_time(NEW.at), NEW.act_id::text, NEW.relation, NEW.op, NEW.row_count::text, NEW.keys::text,
            encode(NEW.digest, 'hex'));
    END IF;
    v_hash := sha256(head.hash || content);
    INSERT INTO accounts_auditchain (seq, chain, kind, ref, prev, hash, algo, sealed_at)
        VALUES (head.seq, 1, v_kind, NEW.id, head.hash, v_hash, 'sha256', v_now);
    UPDATE accounts_audithead SET seq = head.seq, hash = v_hash, moved_at = v_now WHERE chain = 1;
    RETURN NULL;
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['act', 'event'] LOOP
        IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'seal' AND tgrelid = ('accounts_audit' || name)::regclass) THEN
            EXECUTE format('CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON accounts_audit%1$s'
                ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_seal(%1$L)', name);
        END IF;
    END LOOP;
END $$;
