-- The job ledger. Application roles read rows under the policies that `accounts/models/jobs.py` declares and write
-- only through these functions, which belong to the gatekeeper. Every state change is one conditional UPDATE.

-- A changed signature cannot be replaced; nothing depends on these functions.
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN
        SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
           AND (proname LIKE 'job\_%' OR proname = 'claim_job')
    LOOP
        EXECUTE format('DROP FUNCTION %s', routine);
    END LOOP;
END $$;

-- ---------------------------------------------------------------- starting

-- Insert the order or find the active one. The loop ends: each turn either inserts, finds, or has seen the
-- active row end in between.
CREATE OR REPLACE FUNCTION job_insert(
    p_kind text, p_label text, p_subject text, p_detail text, p_shared boolean, p_params jsonb, p_max smallint,
    p_request_id text, p_assignment bigint, p_system_scope text, p_area bigint, p_path text, p_owner_key text,
    OUT job_id bigint, OUT created boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_id bigint;
BEGIN
    created := false;
    LOOP
        INSERT INTO accounts_job (
            kind, label, subject, detail, requested_by_id, system_scope, area_id, unit_path, shared, owner_key,
            params, request_id, state, stage, done, total, message, result_path, result_name, result_size,
            error_code, error_message, attempts, max_attempts, worker, cancel_requested, version, woken_at
        ) VALUES (
            p_kind, p_label, p_subject, p_detail, p_assignment, p_system_scope, p_area, p_path, p_shared,
            p_owner_key, p_params, p_request_id, 'queued', '', 0, 0, '', '', '', 0,
            '', '', 0, p_max, '', false, 0, clock_timestamp()
        )
        ON CONFLICT (kind, subject, owner_key) WHERE state IN ('queued', 'running') DO NOTHING
        RETURNING id INTO v_id;
        IF v_id IS NOT NULL THEN
            PERFORM job_note(v_id, 'queued', 0::smallint, '', '');
            job_id := v_id;
            created := true;
            RETURN;
        END IF;
        SELECT id INTO v_id FROM accounts_job
         WHERE kind = p_kind AND subject = p_subject AND owner_key = p_owner_key
           AND state IN ('queued', 'running');
        IF v_id IS NOT NULL THEN
            job_id := v_id;
            RETURN;
        END IF;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION job_note(
    p_job bigint, p_type text, p_attempt smallint, p_message text, p_worker text
) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO accounts_jobevent (job_id, at, type, attempt, message, worker)
    VALUES (p_job, clock_timestamp(), p_type, p_attempt, left(p_message, 400), left(p_worker, 120));
$$;

-- The caller's own scope decides who asked and for which unit: neither is a parameter.
CREATE OR REPLACE FUNCTION job_start(
    p_kind text, p_label text, p_subject text, p_detail text, p_shared boolean, p_params jsonb, p_max integer,
    p_request_id text, OUT job_id bigint, OUT created boolean
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_assignment bigint := scope_assignment();
    v_path text := scope_path();
    v_area bigint;
BEGIN
    IF v_assignment IS NULL THEN
        RAISE EXCEPTION 'no scope: a job needs somebody who asks for it' USING ERRCODE = '42501';
    END IF;
    SELECT id INTO v_area FROM accounts_area WHERE path = v_path;
    SELECT i.job_id, i.created INTO job_id, created FROM job_insert(
        p_kind, p_label, p_subject, p_detail, p_shared, p_params, p_max::smallint, p_request_id, v_assignment, '',
        v_area, v_path,
        CASE WHEN p_shared AND v_area IS NOT NULL THEN 'area:' || v_area ELSE 'assignment:' || v_assignment END
    ) i;
END $$;

-- Workers only. System jobs belong to no unit: only a root scope sees them in lists.
CREATE OR REPLACE FUNCTION job_start_system(
    p_kind text, p_label text, p_subject text, p_system_scope text, p_params jsonb, p_max integer
) RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM accounts_systemscope WHERE name = p_system_scope) THEN
        RAISE EXCEPTION 'system scope % is not registered', p_system_scope USING ERRCODE = '42501';
    END IF;
    RETURN (SELECT i.job_id FROM job_insert(
        p_kind, p_label, p_subject, '', true, p_params, p_max::smallint, '', NULL, p_system_scope, NULL, '',
        'system:' || p_system_scope
    ) i);
END $$;

-- One start per timer and period, whatever the number of schedulers. NULL: this period has been started.
CREATE OR REPLACE FUNCTION job_period(
    p_name text, p_period timestamptz, p_kind text, p_label text, p_system_scope text, p_params jsonb, p_max integer
) RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_row bigint;
    v_job bigint;
BEGIN
    INSERT INTO accounts_jobperiod (name, period_start, created_at)
    VALUES (p_name, p_period, clock_timestamp())
    ON CONFLICT (name, period_start) DO NOTHING RETURNING id INTO v_row;
    IF v_row IS NULL THEN
        RETURN NULL;
    END IF;
    v_job := job_start_system(p_kind, p_label, 'timer:' || p_name, p_system_scope, p_params, p_max);
    UPDATE accounts_jobperiod SET job_id = v_job WHERE id = v_row;
    RETURN v_job;
END $$;

-- ---------------------------------------------------------------- working

-- Lease a job to one worker. The token given out is that of the requester's current assignment; a revoked
-- one ends the job. outcome: claimed | busy | ended | absent | waiting | refused | cancelled | parked.
CREATE OR REPLACE FUNCTION claim_job(p_job bigint, p_worker text, p_lease_seconds integer)
RETURNS TABLE (
    outcome text, lease uuid, token text, kind text, subject text, params jsonb, attempt smallint,
    assignment_id bigint, system_scope text, area_id bigint, request_id text
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    j accounts_job%ROWTYPE;
    v_now timestamptz := clock_timestamp();
    v_lease uuid := gen_random_uuid();
    v_token text;
BEGIN
    SELECT * INTO j FROM accounts_job WHERE id = p_job FOR UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'absent', NULL::uuid, NULL, NULL, NULL, NULL::jsonb, 0::smallint, NULL::bigint, NULL,
            NULL::bigint, NULL;
        RETURN;
    END IF;
    IF j.state NOT IN ('queued', 'running') THEN
        outcome := 'ended';
    ELSIF j.state = 'running' AND j.lease_until > v_now THEN
        outcome := 'busy';
    ELSIF j.not_before > v_now THEN
        outcome := 'waiting';
    ELSIF j.cancel_requested THEN
        outcome := 'cancelled';
        PERFORM job_end(p_job, 'cancelled', '', '', '');
    ELSIF j.attempts >= j.max_attempts THEN
        outcome := 'parked';
        PERFORM job_end(p_job, 'parked', 'too_many_attempts', '多次执行未成，已搁置，请联系管理员', p_worker);
    ELSIF j.requested_by_id IS NOT NULL AND NOT job_requester_is_current(j.requested_by_id) THEN
        outcome := 'refused';
        PERFORM job_end(p_job, 'failed', 'assignment_not_current', '发起人的任职已变更或停用，任务未执行', p_worker);
    ELSE
        outcome := 'claimed';
        v_token := job_issue_token(j.requested_by_id, j.system_scope, format('job:%s:%s', j.id, j.attempts + 1));
        UPDATE accounts_job SET
            state = 'running', lease = v_lease, lease_until = v_now + make_interval(secs => p_lease_seconds),
            heartbeat_at = v_now, attempts = attempts + 1, worker = left(p_worker, 120),
            started_at = coalesce(started_at, v_now), done = 0, stage = '', updated_at = v_now,
            version = version + 1
        WHERE id = p_job;
        PERFORM job_note(p_job, 'started', (j.attempts + 1)::smallint, '', p_worker);
    END IF;
    RETURN QUERY SELECT outcome,
        CASE WHEN outcome = 'claimed' THEN v_lease END, v_token, j.kind::text, j.subject::text, j.params,
        (j.attempts + 1)::smallint, j.requested_by_id, j.system_scope::text, j.area_id, j.request_id::text;
END $$;

CREATE OR REPLACE FUNCTION job_requester_is_current(p_assignment bigint)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM accounts_assignment a JOIN accounts_user u ON u.id = a.user_id AND u.is_active
         WHERE a.id = p_assignment AND a.revoked_at IS NULL
           AND a.valid_from <= (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date
           AND (a.valid_to IS NULL OR a.valid_to >= (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date)
    );
$$;

-- The token of one run: of the requester's assignment as it is now, or of the registered system scope.
CREATE OR REPLACE FUNCTION job_issue_token(p_assignment bigint, p_system_scope text, p_holder text)
RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_raw text;
BEGIN
    IF p_assignment IS NULL THEN
        RETURN scope_issue_system(p_system_scope, p_holder);
    END IF;
    v_raw := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
    PERFORM scope_issue(encode(sha256(convert_to(v_raw, 'UTF8')), 'hex'), p_holder, p_assignment, 6);
    RETURN v_raw;
END $$;

-- A run's token ends with the run; what a killed run left expires by itself and is cleared by job_purge().
CREATE OR REPLACE FUNCTION job_drop_tokens(p_job bigint, p_attempt integer)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DELETE FROM accounts_scopetoken WHERE holder = format('job:%s:%s', p_job, p_attempt);
$$;

-- Progress, heartbeat and lease renewal in one. 'ok', 'cancel' (stop, the person asked) or 'lost'.
CREATE OR REPLACE FUNCTION job_progress(
    p_job bigint, p_lease uuid, p_done bigint, p_total bigint, p_stage text, p_lease_seconds integer
) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_cancel boolean;
BEGIN
    UPDATE accounts_job SET
        done = coalesce(p_done, done), total = coalesce(p_total, total), stage = coalesce(p_stage, stage),
        heartbeat_at = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => p_lease_seconds),
        updated_at = clock_timestamp(), version = version + 1
    WHERE id = p_job AND state = 'running' AND lease = p_lease
    RETURNING cancel_requested INTO v_cancel;
    RETURN CASE WHEN v_cancel IS NULL THEN 'lost' WHEN v_cancel THEN 'cancel' ELSE 'ok' END;
END $$;

-- The end, in the transaction of the effect. False: the lease is another's, keep nothing.
CREATE OR REPLACE FUNCTION job_finish(
    p_job bigint, p_lease uuid, p_message text, p_path text, p_name text, p_size bigint, p_expires timestamptz
) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_attempt smallint;
    v_worker text;
BEGIN
    UPDATE accounts_job SET
        state = 'done', done = greatest(done, total), message = left(p_message, 400), result_path = p_path,
        result_name = p_name, result_size = p_size, result_expires_at = p_expires, lease = NULL,
        lease_until = NULL, finished_at = v_now, updated_at = v_now, version = version + 1,
        error_code = '', error_message = ''
    WHERE id = p_job AND state = 'running' AND lease = p_lease
    RETURNING attempts, worker INTO v_attempt, v_worker;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM job_note(p_job, 'done', v_attempt, p_message, v_worker);
    RETURN true;
END $$;

-- A run that did not succeed. p_state: cancelled | failed | retry. Returns the state the job is in now.
CREATE OR REPLACE FUNCTION job_fail(
    p_job bigint, p_lease uuid, p_state text, p_code text, p_message text, p_trace text, p_retry_seconds integer
) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    j accounts_job%ROWTYPE;
    v_now timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO j FROM accounts_job WHERE id = p_job AND state = 'running' AND accounts_job.lease = p_lease
       FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'lost';
    END IF;
    IF p_trace <> '' THEN
        INSERT INTO accounts_jobtrace (job_id, at, attempt, trace) VALUES (p_job, v_now, j.attempts, p_trace);
    END IF;
    IF p_state = 'retry' AND j.attempts < j.max_attempts AND NOT j.cancel_requested THEN
        UPDATE accounts_job SET
            state = 'queued', lease = NULL, lease_until = NULL, error_code = p_code,
            error_message = left(p_message, 400), not_before = v_now + make_interval(secs => p_retry_seconds),
            woken_at = NULL, updated_at = v_now, version = version + 1
        WHERE id = p_job;
        PERFORM job_note(p_job, 'retry', j.attempts, p_code, j.worker);
        RETURN 'queued';
    END IF;
    PERFORM job_end(
        p_job,
        CASE WHEN p_state = 'retry' AND j.cancel_requested THEN 'cancelled'
             WHEN p_state = 'retry' THEN 'parked' ELSE p_state END,
        p_code, p_message, j.worker
    );
    RETURN (SELECT state FROM accounts_job WHERE id = p_job);
END $$;

CREATE OR REPLACE FUNCTION job_end(p_job bigint, p_state text, p_code text, p_message text, p_worker text)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_attempt smallint;
BEGIN
    UPDATE accounts_job SET
        state = p_state, lease = NULL, lease_until = NULL, error_code = p_code,
        error_message = left(p_message, 400), finished_at = clock_timestamp(), updated_at = clock_timestamp(),
        version = version + 1
    WHERE id = p_job RETURNING attempts INTO v_attempt;
    PERFORM job_note(p_job, p_state, v_attempt, coalesce(nullif(p_message, ''), p_code), p_worker);
END $$;

-- Who may call these: jobs_upkeep.sql, which is carried out after this file.
