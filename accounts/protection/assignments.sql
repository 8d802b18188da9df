-- 三员分立: no account is two of system, security and audit administrator on the same day, whoever writes the row.
CREATE OR REPLACE FUNCTION guard_administrators() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE duties CONSTANT text[] := ARRAY['admin', 'security_admin', 'auditor'];
BEGIN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF NEW.role <> ALL (duties) OR NEW.revoked_at IS NOT NULL THEN RETURN NEW; END IF;
    -- Two grants at once wait for each other.
    PERFORM pg_advisory_xact_lock(hashtextextended('administrator ' || NEW.user_id, 0));
    IF EXISTS (
        SELECT 1 FROM public.accounts_assignment a
         WHERE a.user_id = NEW.user_id AND a.id IS DISTINCT FROM NEW.id AND a.role = ANY (duties)
           AND a.role <> NEW.role AND a.revoked_at IS NULL
           AND daterange(a.valid_from, a.valid_to, '[]') && daterange(NEW.valid_from, NEW.valid_to, '[]')
    ) THEN
        RAISE EXCEPTION 'one account is not two of the three administrators'
            USING ERRCODE = '23514', CONSTRAINT = 'assignment_administrators_separate';
    END IF;
    RETURN NEW;
END $$;
