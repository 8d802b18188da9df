-- Months of the daily figures, made ahead of time with their protection.
-- Owned by the owner of the table (only an owner attaches a partition), callable by the application: it takes a
-- month and nothing else, and does nothing when that month is there.
RESET ROLE;

CREATE OR REPLACE FUNCTION daily_figure_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first_day date := date_trunc('month', day)::date;
    name text := 'reports_dailyfigure_' || to_char(day, 'YYYYMM');
BEGIN
    IF to_regclass('public.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    IF day NOT BETWEEN date '2000-01-01' AND date '2100-12-31' THEN
        RAISE EXCEPTION 'no partition for %', day USING ERRCODE = '22023';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('daily_figure_partition'));
    -- Somebody may have made it while we waited; looking again would still see what we saw before.
    BEGIN
        EXECUTE format('CREATE TABLE public.%I (LIKE public.reports_dailyfigure INCLUDING ALL)', name);
    EXCEPTION WHEN duplicate_table THEN
        RETURN false;
    END;
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, cunxuan_web, cunxuan_worker, cunxuan_login, '
                   'cunxuan_gatekeeper, cunxuan_auditor, cunxuan_backup', name);
    EXECUTE format('ALTER TABLE public.reports_dailyfigure ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                   name, first_day, (first_day + interval '1 month')::date);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION daily_figure_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daily_figure_partition(date) TO cunxuan_web, cunxuan_worker;

SET LOCAL ROLE cunxuan_gatekeeper;
