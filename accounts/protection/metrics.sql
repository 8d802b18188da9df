-- Sums over the whole system for /metrics: counts and ages, never a unit. One row; null: there is none.
DROP FUNCTION IF EXISTS metrics_figures();
CREATE FUNCTION metrics_figures(
    OUT filings_last_hour bigint, OUT dirty_marks bigint, OUT oldest_dirty_seconds double precision,
    OUT audit_seq bigint, OUT audit_unsealed bigint, OUT audit_anchor_seconds double precision,
    OUT audit_waiting_seconds double precision, OUT jobs_failed_day bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT count(*) INTO filings_last_hour FROM accounts_auditact
        WHERE at > clock_timestamp() - interval '1 hour' AND type IN ('daily.filed', 'daily.correction_filed');
    SELECT count(*), extract(epoch FROM clock_timestamp() - min(marked_at))
        INTO dirty_marks, oldest_dirty_seconds FROM reports_dirtymark;
    SELECT seq INTO audit_seq FROM accounts_audithead WHERE chain = 1;
    SELECT count(*) INTO audit_unsealed FROM accounts_auditact a
        WHERE a.at > clock_timestamp() - interval '1 hour'
          AND NOT EXISTS (SELECT FROM accounts_auditchain c WHERE c.kind = 'act' AND c.ref = a.id);
    SELECT extract(epoch FROM clock_timestamp() - max(at)),
           extract(epoch FROM clock_timestamp() - min(at) FILTER (WHERE delivered_at IS NULL))
        INTO audit_anchor_seconds, audit_waiting_seconds FROM accounts_auditanchor;
    SELECT count(*) INTO jobs_failed_day FROM accounts_job
        WHERE state IN ('failed', 'parked') AND finished_at > clock_timestamp() - interval '1 day';
END $$;
GRANT EXECUTE ON FUNCTION metrics_figures() TO cunxuan_web, cunxuan_worker;
