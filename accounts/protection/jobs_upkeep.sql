-- The job ledger, second part: what people do to a job, what timers do to all of them, and who may call what.

-- ---------------------------------------------------------------- people

-- Only the one who asked stops or restarts a job; an administrator may do both for any job.
CREATE OR REPLACE FUNCTION job_cancel(p_job bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    j accounts_job%ROWTYPE;
BEGIN
    SELECT * INTO j FROM accounts_job WHERE id = p_job AND state IN ('queued', 'running') FOR UPDATE;
    IF NOT FOUND OR NOT job_is_mine(j.requested_by_id) THEN
        RETURN false;
    END IF;
    IF j.state = 'queued' THEN
        PERFORM job_end(p_job, 'cancelled', '', '', '');
    ELSIF NOT j.cancel_requested THEN
        UPDATE accounts_job SET cancel_requested = true, updated_at = clock_timestamp(), version = version + 1
         WHERE id = p_job;
        PERFORM job_note(p_job, 'cancel_requested', j.attempts, '', '');
    END IF;
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION job_restart(p_job bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    j accounts_job%ROWTYPE;
BEGIN
    SELECT * INTO j FROM accounts_job WHERE id = p_job AND state IN ('failed', 'parked') FOR UPDATE;
    IF NOT FOUND OR NOT job_is_mine(j.requested_by_id) OR EXISTS (
        SELECT 1 FROM accounts_job o WHERE o.kind = j.kind AND o.subject = j.subject
           AND o.owner_key = j.owner_key AND o.state IN ('queued', 'running')
    ) THEN
        RETURN false;
    END IF;
    UPDATE accounts_job SET
        state = 'queued', attempts = 0, error_code = '', error_message = '', cancel_requested = false,
        finished_at = NULL, not_before = clock_timestamp(), woken_at = clock_timestamp(), done = 0, stage = '',
        updated_at = clock_timestamp(), version = version + 1
    WHERE id = p_job;
    PERFORM job_note(p_job, 'restarted', 0::smallint, '', '');
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION job_is_mine(p_requested_by bigint)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(p_requested_by = scope_assignment(), false) OR coalesce(scope_role() = 'admin', false);
$$;

-- ---------------------------------------------------------------- sweeping

-- Requeue what lost its worker, park what failed too often, and name the jobs whose bell should ring again.
CREATE OR REPLACE FUNCTION job_sweep(p_ring_again_seconds integer)
RETURNS TABLE (job_id bigint, kind text, happened text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    j accounts_job%ROWTYPE;
    v_now timestamptz := clock_timestamp();
BEGIN
    FOR j IN
        SELECT * FROM accounts_job WHERE state = 'running' AND lease_until <= v_now
        ORDER BY id FOR UPDATE SKIP LOCKED
    LOOP
        IF j.cancel_requested THEN
            PERFORM job_end(j.id, 'cancelled', '', '', j.worker);
        ELSIF j.attempts >= j.max_attempts THEN
            PERFORM job_end(j.id, 'parked', 'worker_lost', '执行进程多次中断，已搁置，请联系管理员', j.worker);
            RETURN QUERY SELECT j.id, j.kind::text, 'parked';
        ELSE
            UPDATE accounts_job SET
                state = 'queued', lease = NULL, lease_until = NULL, woken_at = NULL, not_before = v_now,
                updated_at = v_now, version = version + 1
            WHERE id = j.id;
            PERFORM job_note(j.id, 'requeued', j.attempts, '', j.worker);
        END IF;
    END LOOP;
    RETURN QUERY
        WITH due AS (
            SELECT q.id FROM accounts_job q
             WHERE q.state = 'queued' AND q.not_before <= v_now
               AND (q.woken_at IS NULL OR q.woken_at <= v_now - make_interval(secs => p_ring_again_seconds))
             ORDER BY q.id LIMIT 500 FOR UPDATE SKIP LOCKED
        )
        UPDATE accounts_job w SET woken_at = v_now FROM due WHERE w.id = due.id
        RETURNING w.id, w.kind::text, 'ring';
END $$;

CREATE OR REPLACE FUNCTION job_worker_beat(p_name text)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO accounts_workerbeat (name, started_at, seen_at)
    VALUES (left(p_name, 120), clock_timestamp(), clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at;
    DELETE FROM accounts_workerbeat WHERE seen_at < clock_timestamp() - interval '1 day';
$$;

-- Result files whose time is over. They are deleted first and forgotten afterwards: a purge that is killed in
-- between finds them again.
CREATE OR REPLACE FUNCTION job_expired_results()
RETURNS TABLE (job_id bigint, path text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT id, result_path::text FROM accounts_job
     WHERE result_path <> '' AND result_expires_at <= clock_timestamp() ORDER BY id;
$$;

CREATE OR REPLACE FUNCTION job_forget_results(p_jobs bigint[])
RETURNS integer LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH gone AS (
        UPDATE accounts_job SET result_path = '', updated_at = clock_timestamp(), version = version + 1
         WHERE id = ANY (p_jobs) AND result_path <> '' AND result_expires_at <= clock_timestamp()
        RETURNING id, attempts
    ), noted AS (
        INSERT INTO accounts_jobevent (job_id, at, type, attempt, message, worker)
        SELECT id, clock_timestamp(), 'result_purged', attempts, '', '' FROM gone RETURNING 1
    )
    SELECT count(*)::integer FROM noted;
$$;

-- Forget old period rows, tokens, and what timers did a week ago. Only the current period is ever started, so an
-- old period's row guards nothing.
CREATE OR REPLACE FUNCTION job_purge()
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_old bigint[];
BEGIN
    DELETE FROM accounts_jobperiod WHERE created_at < clock_timestamp() - interval '40 days';
    DELETE FROM accounts_scopetoken WHERE expires_at < clock_timestamp() - interval '1 day';
    v_old := ARRAY(SELECT id FROM accounts_job WHERE requested_by_id IS NULL AND state = 'done'
                      AND finished_at < clock_timestamp() - interval '7 days');
    UPDATE accounts_jobperiod SET job_id = NULL WHERE job_id = ANY (v_old);
    DELETE FROM accounts_jobevent WHERE job_id = ANY (v_old);
    DELETE FROM accounts_jobtrace WHERE job_id = ANY (v_old);
    DELETE FROM accounts_job WHERE id = ANY (v_old);
END $$;

-- Names of the files that still belong to a job (everything else in the directory is an orphan).
CREATE OR REPLACE FUNCTION job_result_paths()
RETURNS TABLE (path text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT result_path::text FROM accounts_job WHERE result_path <> '';
$$;

-- Figures for the health page; no row content.
CREATE OR REPLACE FUNCTION job_health()
RETURNS TABLE (
    worker_seconds integer, queued bigint, oldest_queued_seconds integer, running bigint, stuck bigint, parked bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT
        (SELECT extract(epoch FROM clock_timestamp() - max(seen_at))::integer FROM accounts_workerbeat),
        count(*) FILTER (WHERE state = 'queued'),
        extract(epoch FROM clock_timestamp() - min(created_at) FILTER (
            WHERE state = 'queued' AND not_before <= clock_timestamp()))::integer,
        count(*) FILTER (WHERE state = 'running'),
        count(*) FILTER (WHERE state = 'running' AND lease_until < clock_timestamp() - interval '2 minutes'),
        count(*) FILTER (WHERE state = 'parked' AND finished_at > clock_timestamp() - interval '7 days')
    FROM accounts_job;
$$;

-- ---------------------------------------------------------------- who may call

GRANT EXECUTE ON FUNCTION job_start, job_cancel, job_restart, job_health TO cunxuan_web, cunxuan_worker;
GRANT EXECUTE ON FUNCTION
    job_start_system, job_period, claim_job, job_progress, job_finish, job_fail, job_sweep, job_worker_beat,
    job_expired_results, job_forget_results, job_purge, job_result_paths, job_drop_tokens
    TO cunxuan_worker;
