-- Dated operations on the tree of units (docs/areas.md). The operation's row says what to do, two persons have signed it;
-- area_move() takes its number and nothing else.

-- What was approved is carried out as approved: from then on only the course of the operation goes on.
CREATE OR REPLACE FUNCTION guard_area_operation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    course text[] := ARRAY['state', 'done_at', 'outcome', 'updated_at', 'unit_path'];
BEGIN
    IF session_user = 'cunxuan_owner' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR (TG_OP = 'INSERT' AND NEW.state <> 'proposed') THEN
        RAISE EXCEPTION 'an area operation begins as a proposal and stays' USING ERRCODE = 'CX004';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF OLD.state = 'proposed' THEN
        course := course || ARRAY['decided_by_id', 'decided_by_name', 'decided_at', 'note'];
        IF NEW.state NOT IN ('proposed', 'withdrawn', 'refused', 'approved') THEN
            RAISE EXCEPTION 'an area operation is approved before it is carried out' USING ERRCODE = 'CX004';
        END IF;
        IF NEW.decided_by_id IS NOT NULL AND EXISTS (
            SELECT FROM public.accounts_assignment p JOIN public.accounts_assignment d ON d.user_id = p.user_id
             WHERE p.id = NEW.proposed_by_id AND d.id = NEW.decided_by_id) THEN
            RAISE EXCEPTION 'an area operation takes two persons' USING ERRCODE = 'CX004';
        END IF;
    ELSIF OLD.state = 'approved' AND NEW.state = 'cancelled' THEN
        course := course || ARRAY['cancelled_by_id', 'cancelled_by_name', 'cancel_reason'];
    ELSIF OLD.state <> NEW.state AND (OLD.state <> 'approved' OR NEW.state NOT IN ('done', 'failed')) THEN
        RAISE EXCEPTION 'an area operation that is over stays' USING ERRCODE = 'CX004';
    END IF;
    IF (to_jsonb(NEW) - course) IS DISTINCT FROM (to_jsonb(OLD) - course) THEN
        RAISE EXCEPTION 'what was proposed stays as it was proposed' USING ERRCODE = 'CX004';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION guard_area_operation() FROM PUBLIC;

-- The functions below write tables of the owner, frozen ones included, so they belong to it.
RESET ROLE;

-- Tables that carry a unit's path, with the column that names the unit. The audit and the job ledger tell where
-- something happened then: they stay.
CREATE OR REPLACE FUNCTION area_tables(OUT relation name, OUT unit_column name, OUT recipient_column name)
RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.relname,
           coalesce((SELECT split_part(encode(t.tgargs, 'escape'), '\000', 1) FROM pg_trigger t
                      WHERE t.tgrelid = c.oid AND t.tgname = 'a_unit_path'), 'area_id')::name,
           (SELECT split_part(encode(t.tgargs, 'escape'), '\000', 1) FROM pg_trigger t
             WHERE t.tgrelid = c.oid AND t.tgname = 'a_unit_recipient')::name
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relowner = 'cunxuan_owner'::regrole
       AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'unit_path' AND NOT a.attisdropped)
       AND (EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'a_unit_path')
            OR EXISTS (SELECT FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attname = 'area_id' AND NOT a.attisdropped))
     ORDER BY 1
$$;
REVOKE ALL ON FUNCTION area_tables() FROM PUBLIC;

-- How many rows of each table stand at or below the units: numbers alone, for a preview by somebody who may not read
-- the rows. Only inside the asker's own area.
CREATE OR REPLACE FUNCTION area_move_counts(asked bigint[]) RETURNS TABLE (relation text, rows bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    t record;
    below bigint[];
BEGIN
    IF EXISTS (SELECT FROM public.accounts_area a WHERE a.id = ANY (asked)
                AND NOT starts_with(a.path, coalesce((SELECT public.scope_path()), '~'))) THEN
        RAISE EXCEPTION 'row-level security: a unit outside the scope' USING ERRCODE = '42501';
    END IF;
    SELECT array_agg(b.id) INTO below FROM public.accounts_area a
      JOIN public.accounts_area b ON b.path >= a.path AND b.path < left(a.path, -1) || '0' WHERE a.id = ANY (asked);
    FOR t IN SELECT * FROM public.area_tables() LOOP
        relation := t.relation;
        EXECUTE format('SELECT count(*) FROM public.%I WHERE %I = ANY ($1)', t.relation, t.unit_column)
           INTO rows USING below;
        IF rows > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION area_move_counts(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION area_move_counts(bigint[]) TO cunxuan_web, cunxuan_worker;

-- Keep what the units are until the day before `day`, once a run; a state that held for no day is not kept.
CREATE OR REPLACE FUNCTION area_keep(units bigint[], day date) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.accounts_areaversion (area_id, name, short_name, kind, parent_id, path, valid_from, valid_to)
    SELECT a.id, a.name, a.short_name, a.kind, a.parent_id, a.path, coalesce(a.version_from, a.valid_from),
           least(day, a.valid_to)
      FROM public.accounts_area a
     WHERE a.id = ANY (units)
       AND coalesce(coalesce(a.version_from, a.valid_from) < least(day, a.valid_to), true);
    UPDATE public.accounts_area a SET version_from = least(day, a.valid_to), updated_at = now()
     WHERE a.id = ANY (units) AND a.version_from IS DISTINCT FROM least(day, a.valid_to)
$$;
REVOKE ALL ON FUNCTION area_keep(bigint[], date) FROM PUBLIC;

-- Carry out an approved operation whose day has come: the tree, what it was before, and the paths of all rows below.
-- Returns rows touched by table. Nothing of a row but its path changes; refuse_change() holds the frozen ones to that.
CREATE OR REPLACE FUNCTION area_move(operation bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    op public.accounts_areaoperation;
    step jsonb;
    unit public.accounts_area;
    superior public.accounts_area;
    below bigint[];
    moved bigint[] := '{}';
    closed bigint[] := '{}';
    t record;
    n bigint;
    told jsonb := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('area_move'));
    SELECT * INTO op FROM public.accounts_areaoperation o WHERE o.id = operation FOR UPDATE;
    IF op.id IS NULL OR op.state <> 'approved' OR op.decided_by_id IS NULL OR op.decided_by_id = op.proposed_by_id
       OR op.effective_on > (statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::date THEN
        RAISE EXCEPTION 'area operation % is not approved and due', operation USING ERRCODE = 'CX006';
    END IF;
    FOR step IN SELECT * FROM jsonb_array_elements(op.steps) LOOP
        IF step ->> 'do' = 'open' THEN
            SELECT * INTO STRICT superior FROM public.accounts_area a WHERE a.id = (step ->> 'parent')::bigint;
            INSERT INTO public.accounts_area (code, name, short_name, level, kind, parent_id, path, pinyin, initials,
                sort_order, in_electorate, valid_from, version_from, created_at, updated_at)
            VALUES (step ->> 'code', step ->> 'name', step ->> 'short_name', (step ->> 'level')::smallint, step ->> 'kind',
                superior.id, superior.path || (step ->> 'code') || '/', step ->> 'pinyin', step ->> 'initials', 0,
                (step ->> 'in_electorate')::boolean, op.effective_on, op.effective_on, now(), now());
        ELSIF step ->> 'do' = 'close' THEN
            UPDATE public.accounts_area a SET valid_to = op.effective_on, updated_at = now()
             WHERE a.id = (step ->> 'area')::bigint AND a.valid_to IS NULL;
            UPDATE public.accounts_area a SET statistical_parent_id = heir.id, updated_at = now()
              FROM public.accounts_area heir
             WHERE a.statistical_parent_id = (step ->> 'area')::bigint AND heir.code = op.plan ->> 'code';
            closed := closed || (step ->> 'area')::bigint;
        ELSE
            SELECT * INTO STRICT unit FROM public.accounts_area a WHERE a.id = (step ->> 'area')::bigint;
            IF step ? 'parent' OR step ? 'parent_code' THEN
                SELECT * INTO STRICT superior FROM public.accounts_area a
                 WHERE a.id = (step ->> 'parent')::bigint OR a.code = step ->> 'parent_code';
                SELECT array_agg(a.id) INTO below FROM public.accounts_area a
                 WHERE a.path >= unit.path AND a.path < left(unit.path, -1) || '0';
                PERFORM public.area_keep(below, op.effective_on);
                -- A zone manages; the statistics go on counting the unit where they did. Any other superior counts it itself.
                UPDATE public.accounts_area a
                   SET parent_id = superior.id,
                       statistical_parent_id = CASE
                           WHEN superior.kind = 'functional_zone' THEN coalesce(a.statistical_parent_id, (
                               SELECT p.id FROM public.accounts_area p
                                WHERE p.id = a.parent_id AND p.kind <> 'functional_zone'))
                           WHEN superior.id = a.statistical_parent_id THEN superior.id END
                 WHERE a.id = unit.id;
                UPDATE public.accounts_area a
                   SET path = superior.path || unit.code || '/' || substr(a.path, length(unit.path) + 1)
                 WHERE a.id = ANY (below);
                moved := moved || below;
            ELSE
                PERFORM public.area_keep(ARRAY[unit.id], op.effective_on);
            END IF;
            UPDATE public.accounts_area a
               SET name = coalesce(step ->> 'name', a.name), short_name = coalesce(step ->> 'short_name', a.short_name),
                   kind = coalesce(step ->> 'kind', a.kind), pinyin = coalesce(step ->> 'pinyin', a.pinyin),
                   initials = coalesce(step ->> 'initials', a.initials)
             WHERE a.id = unit.id;
        END IF;
    END LOOP;
    PERFORM set_config('app.area_move', 'on', true);
    FOR t IN SELECT * FROM public.area_tables() LOOP
        EXECUTE format('UPDATE public.%I r SET unit_path = a.path FROM public.accounts_area a '
            'WHERE r.%I = ANY ($1) AND a.id = r.%I AND r.unit_path <> a.path', t.relation, t.unit_column, t.unit_column)
            USING moved;
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n > 0 THEN
            told := told || jsonb_build_object(t.relation, n);
        END IF;
        IF t.recipient_column IS NOT NULL THEN
            EXECUTE format('UPDATE public.%I r SET recipient_path = recipient_path WHERE r.%I = ANY ($1)',
                t.relation, t.recipient_column) USING moved;
        END IF;
    END LOOP;
    PERFORM set_config('app.area_move', '', true);
    UPDATE public.accounts_assignment s SET revoked_at = now(), updated_at = now()
     WHERE s.area_id = ANY (closed) AND s.revoked_at IS NULL;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN jsonb_build_object('rows', told, 'moved', cardinality(moved), 'closed', cardinality(closed), 'ended', n);
END $$;
REVOKE ALL ON FUNCTION area_move(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION area_move(bigint) TO cunxuan_worker;

-- Units of which some row carries another path than the unit's own: none, ever. For the nightly check.
CREATE OR REPLACE FUNCTION area_rows_astray() RETURNS TABLE (relation text, area_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT * FROM public.area_tables() LOOP
        RETURN QUERY EXECUTE format('SELECT %L::text, a.id FROM public.accounts_area a WHERE EXISTS (SELECT FROM public.%I r '
            'WHERE r.%I = a.id AND r.unit_path <> a.path) AND a.id IN (SELECT v.area_id FROM public.accounts_areaversion v)',
            t.relation, t.relation, t.unit_column);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION area_rows_astray() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION area_rows_astray() TO cunxuan_worker;

SET LOCAL ROLE cunxuan_gatekeeper;
