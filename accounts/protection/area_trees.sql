-- The tree of units of any day. Plain SQL that the planner folds into the statement that uses it: no definer, no
-- settings. A unit is open on a day from valid_from until the day before valid_to.

CREATE OR REPLACE FUNCTION area_on(day date)
    RETURNS TABLE (id bigint, code varchar, level smallint, name varchar, short_name varchar, kind varchar,
                   parent_id bigint, path varchar)
    LANGUAGE sql STABLE AS $$
    SELECT a.id, a.code, a.level, a.name, a.short_name, a.kind, a.parent_id, a.path
      FROM public.accounts_area a
     WHERE (coalesce(a.version_from, a.valid_from) IS NULL OR coalesce(a.version_from, a.valid_from) <= day)
       AND (a.valid_to IS NULL OR a.valid_to > day)
     UNION ALL
    SELECT a.id, a.code, a.level, v.name, v.short_name, v.kind, v.parent_id, v.path
      FROM public.accounts_areaversion v JOIN public.accounts_area a ON a.id = v.area_id
     WHERE v.valid_to > day AND (v.valid_from IS NULL OR v.valid_from <= day)
       AND (a.valid_from IS NULL OR a.valid_from <= day)
$$;
REVOKE ALL ON FUNCTION area_on(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION area_on(date) TO cunxuan_web, cunxuan_worker;

-- The superior of one unit on a day; null where the unit is not open. For statements that ask row by row.
CREATE OR REPLACE FUNCTION area_parent_on(unit bigint, day date) RETURNS bigint
    LANGUAGE sql STABLE AS $$
    SELECT t.parent_id FROM public.area_on(day) t WHERE t.id = unit
$$;
REVOKE ALL ON FUNCTION area_parent_on(bigint, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION area_parent_on(bigint, date) TO cunxuan_web, cunxuan_worker;
