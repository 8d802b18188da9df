-- Scope: who the current transaction acts for. Owned by the gatekeeper; see docs/decisions/0002-scope-in-the-database.md.

CREATE OR REPLACE FUNCTION scope_row(OUT assignment_id bigint, OUT path text, OUT role text, OUT level int,
                                     OUT department text, OUT units bigint[], OUT holder text, OUT system_name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    raw text := nullif(current_setting('app.scope_token', true), '');
    token public.accounts_scopetoken;
BEGIN
    IF raw IS NULL THEN
        RETURN;
    END IF;
    SELECT * INTO token FROM public.accounts_scopetoken t
     WHERE t.token_hash = encode(sha256(convert_to(raw, 'UTF8')), 'hex')
       AND t.expires_at > statement_timestamp() AND t.revoked_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown scope token' USING ERRCODE = 'CX002';
    END IF;
    holder := token.holder;
    IF token.assignment_id IS NULL THEN
        SELECT s.path, 'system', 0, '', s.name INTO path, role, level, department, system_name
          FROM public.accounts_systemscope s WHERE s.name = token.system_scope;
    ELSE
        SELECT a.id, a.unit_path, a.role, coalesce(r.level, 0), a.department, a.units
          INTO assignment_id, path, role, level, department, units
          FROM public.accounts_assignment a LEFT JOIN public.accounts_area r ON r.id = a.area_id
         WHERE a.id = token.assignment_id AND a.revoked_at IS NULL
           AND a.valid_from <= (statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::date
           AND (a.valid_to IS NULL OR a.valid_to >= (statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::date);
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'scope no longer in force' USING ERRCODE = 'CX003';
    END IF;
END $$;
REVOKE ALL ON FUNCTION scope_row() FROM PUBLIC;

CREATE OR REPLACE FUNCTION scope_path() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT path FROM public.scope_row() $$;
CREATE OR REPLACE FUNCTION scope_end() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT CASE WHEN path = '' THEN '~' ELSE left(path, -1) || '0' END FROM public.scope_row() $$;
CREATE OR REPLACE FUNCTION scope_role() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT role FROM public.scope_row() $$;
CREATE OR REPLACE FUNCTION scope_level() RETURNS int LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT level FROM public.scope_row() $$;
CREATE OR REPLACE FUNCTION scope_assignment() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT assignment_id FROM public.scope_row() $$;
CREATE OR REPLACE FUNCTION scope_department() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT department FROM public.scope_row() $$;
CREATE OR REPLACE FUNCTION scope_units() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT units FROM public.scope_row() $$;
REVOKE ALL ON FUNCTION scope_path(), scope_end(), scope_role(), scope_level(), scope_assignment(), scope_department(),
    scope_units() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_path(), scope_end(), scope_role(), scope_level(), scope_assignment(), scope_department(),
    scope_units() TO cunxuan_web, cunxuan_worker;

-- Issue (or lengthen) the token of a holder for one assignment in force. The caller brings the hash only.
CREATE OR REPLACE FUNCTION scope_issue(hash text, token_holder text, for_assignment bigint, hours int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM public.accounts_assignment a
      WHERE a.id = for_assignment AND a.revoked_at IS NULL
        AND a.valid_from <= (statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::date
        AND (a.valid_to IS NULL OR a.valid_to >= (statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::date);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'assignment not in force' USING ERRCODE = 'CX003';
    END IF;
    INSERT INTO public.accounts_scopetoken (token_hash, assignment_id, system_scope, holder, expires_at, created_at)
    VALUES (hash, for_assignment, '', token_holder, statement_timestamp() + make_interval(hours => least(hours, 12)),
            statement_timestamp())
    ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at
     WHERE accounts_scopetoken.revoked_at IS NULL;
END $$;
REVOKE ALL ON FUNCTION scope_issue(text, text, bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_issue(text, text, bigint, int) TO cunxuan_login;

-- End every token of a holder (log-out, expiry) or of an assignment.
CREATE OR REPLACE FUNCTION scope_revoke(token_holder text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (
        UPDATE public.accounts_scopetoken SET revoked_at = statement_timestamp()
         WHERE holder = token_holder AND revoked_at IS NULL RETURNING 1)
    SELECT count(*)::int FROM gone
$$;
REVOKE ALL ON FUNCTION scope_revoke(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_revoke(text) TO cunxuan_login;

-- A token for a registered system job, made by the database itself and set for this transaction.
CREATE OR REPLACE FUNCTION scope_issue_system(scope_name text, token_holder text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE raw text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
BEGIN
    PERFORM 1 FROM public.accounts_systemscope WHERE name = scope_name;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such system scope: %', scope_name USING ERRCODE = 'CX003';
    END IF;
    INSERT INTO public.accounts_scopetoken (token_hash, assignment_id, system_scope, holder, expires_at, created_at)
    VALUES (encode(sha256(convert_to(raw, 'UTF8')), 'hex'), NULL, scope_name, token_holder,
            statement_timestamp() + interval '6 hours', statement_timestamp());
    RETURN raw;
END $$;
REVOKE ALL ON FUNCTION scope_issue_system(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION scope_enter_system(scope_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT set_config('app.scope_token', public.scope_issue_system(scope_name, 'transaction'), true)
$$;
REVOKE ALL ON FUNCTION scope_enter_system(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_enter_system(text) TO cunxuan_worker;

-- The unit's path is a scope index outside the row's content: filled from the area, never taken from the writer.
-- TG_ARGV[0] is the column that names the area.
CREATE OR REPLACE FUNCTION fill_unit_path() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unit bigint;
    was bigint;
BEGIN
    -- Nearly every table calls it area_id; naming it spares an import of 50,000 rows as many rows of JSON.
    IF TG_ARGV[0] = 'area_id' THEN
        unit := NEW.area_id;
        IF TG_OP = 'UPDATE' THEN was := OLD.area_id; END IF;
    ELSE
        unit := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
        IF TG_OP = 'UPDATE' THEN was := (to_jsonb(OLD) ->> TG_ARGV[0])::bigint; END IF;
    END IF;
    -- While area_move() runs the path is read again from the unit: whoever sets that flag gets the truth, nothing else.
    IF TG_OP = 'UPDATE' AND was IS NOT DISTINCT FROM unit AND session_user <> 'cunxuan_owner'
       AND coalesce(current_setting('app.area_move', true), '') <> 'on' THEN
        NEW.unit_path := OLD.unit_path;
    ELSIF unit IS NULL THEN
        NEW.unit_path := '';
    ELSE
        SELECT a.path INTO STRICT NEW.unit_path FROM public.accounts_area a WHERE a.id = unit;
    END IF;
    RETURN NEW;
END $$;

-- Times that count are the database's, never the application's. TG_ARGV lists the columns. Before the clock is read a
-- lock tells whoever reads a past moment that a row of it is on its way (moments.sql).
CREATE OR REPLACE FUNCTION set_server_time() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE col text;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1297036622, (TG_RELID::bigint % 2147483647)::int);
    FOREACH col IN ARRAY TG_ARGV LOOP
        -- The opening of a round makes thousands of records; naming their column spares as many rows of JSON.
        IF col = 'created_at' THEN
            NEW.created_at := clock_timestamp();
        ELSE
            NEW := jsonb_populate_record(NEW, jsonb_build_object(col, clock_timestamp()));
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

-- A frozen row's path follows its unit, in area_move() alone; its content never changes.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    outside text[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF current_setting('app.area_move', true) = 'on' THEN
            -- Generated columns follow from the others and are not made yet.
            outside := ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = TG_RELID AND a.attgenerated <> '');
            outside := outside || ARRAY['unit_path'];
            IF to_jsonb(NEW) - outside = to_jsonb(OLD) - outside THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION '% rows are frozen', TG_TABLE_NAME USING ERRCODE = 'CX004';
END $$;

-- Foreign keys ignore row policies, so a child could hang on a parent that its writer cannot see. The row and what it
-- refers to must lie on one line of the tree: one of the two units contains the other.
-- TG_ARGV: column, table, column, table, …
CREATE OR REPLACE FUNCTION check_same_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    referred bigint;
    other text;
BEGIN
    FOR i IN 0 .. TG_NARGS - 1 BY 2 LOOP
        referred := (to_jsonb(NEW) ->> TG_ARGV[i])::bigint;
        CONTINUE WHEN referred IS NULL
            OR (TG_OP = 'UPDATE' AND referred = (to_jsonb(OLD) ->> TG_ARGV[i])::bigint);
        EXECUTE format('SELECT unit_path FROM public.%I WHERE id = $1', TG_ARGV[i + 1]) INTO other USING referred;
        IF other IS NULL OR NOT (starts_with(NEW.unit_path, other) OR starts_with(other, NEW.unit_path)) THEN
            RAISE EXCEPTION 'row-level security: % of % refers to another unit', TG_ARGV[i], TG_TABLE_NAME
                USING ERRCODE = '42501';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
