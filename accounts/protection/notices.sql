-- Notices are written here alone: a unit tells units at or below its own, the system tells anybody.

-- `items`: [{area_id, roles, kind, text, url, due_at, dedup}]. One row for each assignment in force that stands at the
-- unit with one of the roles; nobody is told the same thing (dedup) twice. Returns how many were told.
CREATE OR REPLACE FUNCTION notice_send(items jsonb) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me record;
    day date := (statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::date;
    sent int;
BEGIN
    SELECT * INTO me FROM public.scope_row();
    IF me.role IS NULL OR me.role NOT IN ('system', 'city_office', 'county_office') OR me.units IS NOT NULL THEN
        RAISE EXCEPTION 'row-level security: this role tells nobody' USING ERRCODE = '42501';
    END IF;
    INSERT INTO public.accounts_notice (assignment_id, kind, text, url, due_at, dedup)
    SELECT a.id, item.kind, item.text, coalesce(item.url, ''), item.due_at, item.dedup
      FROM jsonb_to_recordset(items) AS item(area_id bigint, roles text[], kind text, text text, url text,
                                             due_at timestamptz, dedup text)
      JOIN public.accounts_area u ON u.id = item.area_id AND starts_with(u.path, me.path)
      JOIN public.accounts_assignment a ON a.area_id = item.area_id AND a.role = ANY (item.roles)
      LEFT JOIN public.accounts_noticesetting s ON s.assignment_id = a.id
     WHERE a.revoked_at IS NULL AND a.valid_from <= day AND (a.valid_to IS NULL OR a.valid_to >= day)
       -- Who wants one notice a day hears no single reminder; what a person asked for (a chase) is told to everybody.
       AND CASE item.kind WHEN 'digest' THEN coalesce(s.digest, false)
                          WHEN 'reminder' THEN NOT coalesce(s.digest, false)
                          WHEN 'due' THEN NOT coalesce(s.digest, false) ELSE true END
       AND NOT EXISTS (SELECT 1 FROM public.accounts_notice n WHERE n.assignment_id = a.id AND n.dedup = item.dedup)
    ON CONFLICT (assignment_id, dedup) DO NOTHING;
    GET DIAGNOSTICS sent = ROW_COUNT;
    RETURN sent;
END $$;
REVOKE ALL ON FUNCTION notice_send(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION notice_send(jsonb) TO cunxuan_web, cunxuan_worker;

-- Jobs that did not work, told to who asked for them. Returns how many were told.
CREATE OR REPLACE FUNCTION notice_broken_jobs() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE sent int;
BEGIN
    IF (SELECT role FROM public.scope_row()) IS DISTINCT FROM 'system' THEN
        RAISE EXCEPTION 'row-level security: only the system looks at all jobs' USING ERRCODE = '42501';
    END IF;
    INSERT INTO public.accounts_notice (assignment_id, kind, text, url, dedup)
    SELECT j.requested_by_id, 'job',
           left(j.label || CASE j.state WHEN 'parked' THEN '多次未成，已搁置' ELSE '未完成' END
                || CASE WHEN j.detail = '' THEN '' ELSE '：' || j.detail END, 240),
           '/jobs/' || j.id || '/', 'job:' || j.id || ':' || extract(epoch FROM j.finished_at)::bigint
      FROM public.accounts_job j
     WHERE j.state IN ('failed', 'parked') AND j.requested_by_id IS NOT NULL
       AND j.finished_at > statement_timestamp() - interval '1 day'
    ON CONFLICT (assignment_id, dedup) DO NOTHING;
    GET DIAGNOSTICS sent = ROW_COUNT;
    RETURN sent;
END $$;
REVOKE ALL ON FUNCTION notice_broken_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION notice_broken_jobs() TO cunxuan_worker;
