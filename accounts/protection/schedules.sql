-- Exports at a time of day. The system finds which are due; the job is the owner's own, and only as long as the role holds.

-- The job of one due schedule, asked for by its owner; NULL when the owner's role is over.
CREATE OR REPLACE FUNCTION schedule_start(p_schedule bigint, p_label text, p_subject text, p_max integer)
RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    s public.accounts_scheduledexport;
    a public.accounts_assignment;
BEGIN
    IF (SELECT role FROM public.scope_row()) IS DISTINCT FROM 'system' THEN
        RAISE EXCEPTION 'row-level security: only the system starts what is due' USING ERRCODE = '42501';
    END IF;
    SELECT * INTO s FROM public.accounts_scheduledexport WHERE id = p_schedule AND state = 'active';
    IF NOT FOUND OR NOT job_requester_is_current(s.assignment_id) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO a FROM public.accounts_assignment WHERE id = s.assignment_id;
    RETURN (SELECT i.job_id FROM job_insert(
        'exports.scheduled', p_label, p_subject, s.name, false, jsonb_build_object('schedule', s.id), p_max::smallint, '',
        a.id, '', a.area_id, a.unit_path, 'assignment:' || a.id) i);
END $$;
REVOKE ALL ON FUNCTION schedule_start(bigint, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION schedule_start(bigint, text, text, integer) TO cunxuan_worker;

-- How the runs ended that nobody has counted yet.
CREATE OR REPLACE FUNCTION schedule_outcomes()
RETURNS TABLE (schedule_id bigint, state text, error_code text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT role FROM public.scope_row()) IS DISTINCT FROM 'system' THEN
        RAISE EXCEPTION 'row-level security: only the system looks at all jobs' USING ERRCODE = '42501';
    END IF;
    RETURN QUERY SELECT s.id, j.state::text, j.error_code::text
      FROM public.accounts_scheduledexport s JOIN public.accounts_job j ON j.id = s.last_job_id
     WHERE NOT s.settled AND j.state IN ('done', 'failed', 'cancelled', 'parked') ORDER BY s.id;
END $$;
REVOKE ALL ON FUNCTION schedule_outcomes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION schedule_outcomes() TO cunxuan_worker;

-- Tell the holder of an assignment; when it is over, the same person in whatever office is held still.
CREATE OR REPLACE FUNCTION notice_holder(p_assignment bigint, p_text text, p_url text, p_dedup text) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE sent int;
BEGIN
    IF (SELECT role FROM public.scope_row()) IS DISTINCT FROM 'system' THEN
        RAISE EXCEPTION 'row-level security: only the system tells anybody' USING ERRCODE = '42501';
    END IF;
    INSERT INTO public.accounts_notice (assignment_id, kind, text, url, dedup)
    SELECT a.id, 'job', left(p_text, 240), p_url, p_dedup
      FROM public.accounts_assignment was
      JOIN public.accounts_assignment a ON a.user_id = was.user_id
     WHERE was.id = p_assignment AND job_requester_is_current(a.id)
       AND (a.id = was.id OR NOT job_requester_is_current(was.id))
    ON CONFLICT (assignment_id, dedup) DO NOTHING;
    GET DIAGNOSTICS sent = ROW_COUNT;
    RETURN sent;
END $$;
REVOKE ALL ON FUNCTION notice_holder(bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION notice_holder(bigint, text, text, text) TO cunxuan_worker;
