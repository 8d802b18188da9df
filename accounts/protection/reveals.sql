-- How many masked values the caller's account has looked at since midnight in China, under all of its roles: a look
-- made under another role may lie outside the scope in force, and must count all the same.
CREATE OR REPLACE FUNCTION reveals_today() RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (
        SELECT count(*) FROM public.accounts_reveal r
          JOIN public.accounts_assignment a ON a.user_id = r.made_by_account
         WHERE a.id = (SELECT assignment_id FROM public.scope_row())
           AND r.revealed_at >= date_trunc('day', statement_timestamp() AT TIME ZONE 'Asia/Shanghai')
                                AT TIME ZONE 'Asia/Shanghai');
END $$;
REVOKE ALL ON FUNCTION reveals_today() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reveals_today() TO cunxuan_web, cunxuan_worker;

-- Tell those who may consent to a request that the caller has just made: who holds one of `roles` at its unit or above,
-- never who asked. A unit tells nobody above it otherwise (notices.sql), so the text is made here, from the request.
CREATE OR REPLACE FUNCTION consent_tell(asked bigint, roles text[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    request record;
    day date := (statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::date;
    sent int;
BEGIN
    SELECT * INTO request FROM public.accounts_revealconsent c
     WHERE c.id = asked AND c.decision = 'pending' AND c.asked_by_id = (SELECT assignment_id FROM public.scope_row());
    IF NOT FOUND THEN
        RAISE EXCEPTION 'row-level security: this request is not yours to tell' USING ERRCODE = '42501';
    END IF;
    INSERT INTO public.accounts_notice (assignment_id, kind, text, url, dedup)
    SELECT a.id, 'reminder',
           left(request.asked_by_name || '申请超额查看，请审批：' || request.whose || '（' || request.note || '）', 240),
           '/reveals/consents/', 'consent:' || request.id
      FROM public.accounts_assignment a
     WHERE a.role = ANY (roles) AND a.units IS NULL AND starts_with(request.unit_path, a.unit_path)
       AND a.user_id <> request.asked_by_account
       AND a.revoked_at IS NULL AND a.valid_from <= day AND (a.valid_to IS NULL OR a.valid_to >= day)
    ON CONFLICT (assignment_id, dedup) DO NOTHING;
    GET DIAGNOSTICS sent = ROW_COUNT;
    RETURN sent;
END $$;
REVOKE ALL ON FUNCTION consent_tell(bigint, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION consent_tell(bigint, text[]) TO cunxuan_web, cunxuan_worker;
