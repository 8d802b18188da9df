-- What happened to one object, for those whose scope holds it. The audit tables themselves stay with the auditor;
-- this answers for one subject at a time and only for the offices that may read it.

CREATE OR REPLACE FUNCTION subject_history(p_kind text, p_id text, p_limit integer)
    RETURNS TABLE (at timestamptz, type text, holder_name text, office_name text, reason text,
                   before jsonb, after jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT a.at, a.type::text, a.holder_name::text, a.office_name::text, a.reason::text, a.before, a.after
    FROM accounts_auditact a
    WHERE a.subject_kind = p_kind AND a.subject_id = p_id
      AND a.unit_path >= (SELECT scope_path()) AND a.unit_path < (SELECT scope_end())
      AND (SELECT scope_units()) IS NULL
      AND (SELECT scope_role()) IN ('city_office', 'county_office', 'township')
    ORDER BY a.at DESC, a.id DESC
    LIMIT least(p_limit, 200)
$$;
REVOKE ALL ON FUNCTION subject_history(text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION subject_history(text, text, integer) TO cunxuan_web, cunxuan_worker;
CREATE INDEX IF NOT EXISTS accounts_auditact_subject ON accounts_auditact (subject_kind, subject_id, id);
