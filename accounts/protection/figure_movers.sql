-- Figures of villages that were moved between townships (docs/areas.md). Booleans alone, so that a superior that no longer
-- sees the village still leaves it out of its totals.

CREATE OR REPLACE FUNCTION figure_movers() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT v.area_id), '{}')
      FROM public.accounts_areaversion v JOIN public.accounts_area a ON a.id = v.area_id
     WHERE a.level = 5
$$;
REVOKE ALL ON FUNCTION figure_movers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION figure_movers() TO cunxuan_web, cunxuan_worker;

-- Whether another township has reported the village since, on or before `day` (and by `moment`); of two that reported it
-- for one day the one it belonged to that day counts.
CREATE OR REPLACE FUNCTION figure_counts_elsewhere(village bigint, township bigint, filed date, day date,
                                                   moment timestamptz DEFAULT 'infinity') RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.reports_dailyfigure o
         WHERE o.area_id = village AND o.township_id <> township AND o.date BETWEEN filed AND day
           AND (o.date > filed OR o.township_id = (SELECT t.parent_id FROM public.area_on(filed) t WHERE t.id = village))
           AND (moment = 'infinity' OR EXISTS (
                SELECT FROM public.reports_dailyrevision r WHERE r.id = o.revision_id AND r.filed_at <= moment)))
$$;
REVOKE ALL ON FUNCTION figure_counts_elsewhere(bigint, bigint, date, date, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION figure_counts_elsewhere(bigint, bigint, date, date, timestamptz) TO cunxuan_web, cunxuan_worker;

-- Whether a township that has left `unit` (or a unit below it) was in on the days it stood there; no figure. Only for
-- a unit of the asker's own area.
CREATE OR REPLACE FUNCTION sheets_of_left(round bigint, unit bigint, first date, last date)
    RETURNS TABLE (area_id bigint, date date, state varchar, revisions smallint, first_filed_at timestamptz,
                   open_until timestamptz, confirmed smallint, is_zero boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.area_id, s.date, s.state, s.revisions, s.first_filed_at, s.open_until, s.confirmed,
           EXISTS (SELECT FROM public.reports_dailyrevision r
                    WHERE r.round_id = s.round_id AND r.area_id = s.area_id AND r.date = s.date
                      AND r.number = s.revisions AND r.is_zero)
      FROM public.accounts_area u
      JOIN public.accounts_areaversion v ON v.path >= u.path AND v.path < left(u.path, -1) || '0'
      JOIN public.accounts_area a ON a.id = v.area_id AND a.level = 4 AND NOT starts_with(a.path, u.path)
      JOIN public.reports_dailysheet s ON s.area_id = a.id AND s.round_id = round
       AND s.date BETWEEN first AND last AND s.date < v.valid_to AND (v.valid_from IS NULL OR s.date >= v.valid_from)
     WHERE u.id = unit AND starts_with(u.path, coalesce((SELECT public.scope_path()), '~'))
$$;
REVOKE ALL ON FUNCTION sheets_of_left(bigint, bigint, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sheets_of_left(bigint, bigint, date, date) TO cunxuan_web, cunxuan_worker;
