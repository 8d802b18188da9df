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
