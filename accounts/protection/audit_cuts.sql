-- Cutting off the oldest part of the audit trail: accounts/audit/cuts.py archives it, signs the cut under a key that is
-- never in the database, and calls audit_cut. What the signed cut does not cover stays append-only.
--
-- Error code: CX006, a cut that is refused (too young, not anchored, inside an act).

CREATE TABLE IF NOT EXISTS accounts_auditcut (
    seq bigint PRIMARY KEY,
    chain_id uuid NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    entries bigint NOT NULL CHECK (entries > 0),
    carried bigint NOT NULL,
    carried_digest bytea NOT NULL,
    cut_at timestamptz NOT NULL,
    key_id varchar(8) NOT NULL,
    mac varchar(64) NOT NULL
);

-- Events of frozen tables whose entries were cut off: number, keys and digest alone, so that every frozen row can still
-- be compared with what was filed. The signed cut holds their number and digest.
CREATE TABLE IF NOT EXISTS accounts_auditcarried (
    seq bigint PRIMARY KEY,
    relation varchar(64) NOT NULL,
    op varchar(8) NOT NULL,
    row_count bigint NOT NULL,
    keys jsonb NOT NULL,
    digest bytea NOT NULL
);

-- ---------------------------------------------------------------- append-only but for what was cut off

CREATE OR REPLACE FUNCTION audit_guard_cut() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    cut accounts_auditcut%ROWTYPE;
    is_cut_off boolean;
BEGIN
    SELECT * INTO cut FROM accounts_auditcut ORDER BY seq DESC LIMIT 1;
    IF TG_ARGV[0] = 'chain' THEN
        is_cut_off := OLD.seq <= cut.seq;
    ELSIF TG_ARGV[0] = 'anchor' THEN
        is_cut_off := OLD.seq < cut.seq AND OLD.delivered_at IS NOT NULL;
    ELSIF TG_ARGV[0] = 'denial' THEN
        is_cut_off := OLD.last_at < cut.sealed_at;
    ELSE
        is_cut_off := EXISTS (SELECT FROM accounts_auditchain c
            WHERE c.kind = TG_ARGV[0] AND c.ref = OLD.id AND c.seq <= cut.seq);
    END IF;
    IF is_cut_off IS NOT TRUE THEN
        RAISE EXCEPTION 'audit: DELETE on % is refused, no cut covers the row', TG_TABLE_NAME USING ERRCODE = 'CX004';
    END IF;
    RETURN OLD;
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['act', 'event', 'chain', 'anchor', 'denial'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER guard_cut BEFORE DELETE ON accounts_audit%1$s'
            ' FOR EACH ROW EXECUTE FUNCTION audit_guard_cut(%1$L)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['cut', 'carried'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_audit%s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()', name);
    END LOOP;
END $$;

-- ---------------------------------------------------------------- the cut

-- What was sealed before a moment: entries from the oldest one up to the last before the first act from then on, so
-- that no event is parted from its act. Nothing when nothing is due.
CREATE OR REPLACE FUNCTION audit_cut_plan(p_before timestamptz)
    RETURNS TABLE (chain_id uuid, first bigint, last bigint, hash text, sealed_at text, now text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_last bigint;
BEGIN
    SELECT c.seq - 1 INTO v_last FROM accounts_auditchain c
        WHERE c.kind = 'act' AND c.sealed_at >= p_before ORDER BY c.seq LIMIT 1;
    RETURN QUERY SELECT h.chain_id, (SELECT min(c.seq) FROM accounts_auditchain c), e.seq, encode(e.hash, 'hex'),
            audit_time(e.sealed_at), audit_time(clock_timestamp())
        FROM accounts_audithead h JOIN accounts_auditchain e ON e.seq = coalesce(v_last, h.seq);
END $$;

-- Cuts off every entry up to p_last with its act or event; returns how many. The mark is checked by the verifier, for
-- the key is not here. Events of p_frozen tables are carried over.
CREATE OR REPLACE FUNCTION audit_cut(
    p_last bigint, p_frozen text[], p_cut_at timestamptz, p_carried bigint, p_carried_digest bytea,
    p_key_id text, p_mac text
) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_entry accounts_auditchain%ROWTYPE;
    v_chain_id uuid := (SELECT h.chain_id FROM accounts_audithead h WHERE h.chain = 1);
    v_count bigint;
BEGIN
    IF coalesce(scope_role(), '') <> 'system' OR scope_path() <> '' THEN
        RAISE EXCEPTION 'audit: only the retention job cuts' USING ERRCODE = '42501';
    END IF;
    SELECT * INTO v_entry FROM accounts_auditchain WHERE seq = p_last;
    IF v_entry.sealed_at > clock_timestamp() - interval '395 days' OR v_entry.seq IS NULL THEN
        RAISE EXCEPTION 'audit: entry % is not old enough to be cut off', p_last USING ERRCODE = 'CX006';
    END IF;
    IF NOT EXISTS (SELECT FROM accounts_auditanchor a
                   WHERE a.chain_id = v_chain_id AND a.seq >= p_last AND a.delivered_at IS NOT NULL) THEN
        RAISE EXCEPTION 'audit: entry % is not anchored outside yet', p_last USING ERRCODE = 'CX006';
    END IF;
    IF EXISTS (SELECT FROM accounts_auditchain c WHERE c.seq = p_last + 1 AND c.kind <> 'act') THEN
        RAISE EXCEPTION 'audit: entry % lies inside an act', p_last USING ERRCODE = 'CX006';
    END IF;
    INSERT INTO accounts_auditcarried (seq, relation, op, row_count, keys, digest)
        SELECT c.seq, e.relation, e.op, e.row_count, e.keys, e.digest
        FROM accounts_auditchain c JOIN accounts_auditevent e ON c.kind = 'event' AND e.id = c.ref
        WHERE c.seq <= p_last AND e.relation = ANY (p_frozen) AND e.op IN ('INSERT', 'DELETE') ORDER BY c.seq;
    SELECT count(*) INTO v_count FROM accounts_auditchain c WHERE c.seq <= p_last;
    INSERT INTO accounts_auditcut (
        seq, chain_id, hash, sealed_at, entries, carried, carried_digest, cut_at, key_id, mac
    ) VALUES (
        p_last, v_chain_id, v_entry.hash, v_entry.sealed_at, v_count, p_carried, p_carried_digest, p_cut_at,
        p_key_id, p_mac
    );
    DELETE FROM accounts_auditevent e USING accounts_auditchain c
        WHERE c.seq <= p_last AND c.kind = 'event' AND c.ref = e.id;
    DELETE FROM accounts_auditact a USING accounts_auditchain c
        WHERE c.seq <= p_last AND c.kind = 'act' AND c.ref = a.id;
    DELETE FROM accounts_auditchain WHERE seq <= p_last;
    DELETE FROM accounts_auditanchor WHERE seq < p_last AND delivered_at IS NOT NULL;
    DELETE FROM accounts_auditdenial WHERE last_at < v_entry.sealed_at;
    RETURN v_count;
END $$;
