-- Rows from one unit to another below it. See TableAccess (kind addressed) and docs/comments.md.

-- The recipient's path, as fill_unit_path does for the sender's. TG_ARGV[0] is the column that names the recipient.
-- While area_move() runs it is read again: what was sent follows a unit that leaves the sender (recipient_left).
CREATE OR REPLACE FUNCTION fill_recipient_path() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE unit bigint := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND (to_jsonb(OLD) ->> TG_ARGV[0])::bigint IS NOT DISTINCT FROM unit
       AND session_user <> 'cunxuan_owner' AND coalesce(current_setting('app.area_move', true), '') <> 'on' THEN
        NEW.recipient_path := OLD.recipient_path;
        NEW.recipient_left := OLD.recipient_left;
        RETURN NEW;
    END IF;
    IF unit IS NULL THEN
        NEW.recipient_path := '';
    ELSE
        SELECT a.path INTO STRICT NEW.recipient_path FROM public.accounts_area a WHERE a.id = unit;
    END IF;
    NEW.recipient_left := TG_OP = 'UPDATE' AND NOT starts_with(NEW.recipient_path, NEW.unit_path)
        AND (current_setting('app.area_move', true) = 'on' OR OLD.recipient_left);
    RETURN NEW;
END $$;

-- What was sent stands as it was sent: afterwards only its course goes on, and the recipient moves it only by
-- acknowledging or replying.
CREATE OR REPLACE FUNCTION guard_comment() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    course text[] := ARRAY['state', 'version', 'acknowledged_at', 'replied_at', 'updated_at', 'unit_path',
                           'recipient_path', 'recipient_left'];
BEGIN
    IF TG_OP = 'INSERT' OR session_user = 'cunxuan_owner' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF OLD.sent_at IS NULL THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a comment that was sent stays' USING ERRCODE = 'CX004';
    END IF;
    IF public.scope_path() = OLD.recipient_path THEN
        IF NEW.state NOT IN ('acknowledged', 'replied') THEN
            RAISE EXCEPTION 'row-level security: the recipient only acknowledges and replies' USING ERRCODE = '42501';
        END IF;
    ELSE
        course := course || ARRAY['due_at', 'closed_at', 'escalated_at', 'escalated_to_id'];
    END IF;
    IF (to_jsonb(NEW) - course) IS DISTINCT FROM (to_jsonb(OLD) - course) THEN
        RAISE EXCEPTION 'a comment that was sent stays as it was sent' USING ERRCODE = 'CX004';
    END IF;
    RETURN NEW;
END $$;

-- The sentences of a comment that was sent stay too.
CREATE OR REPLACE FUNCTION guard_sentence() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    touched bigint[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.comment_id] WHEN 'DELETE' THEN ARRAY[OLD.comment_id]
                                   ELSE ARRAY[OLD.comment_id, NEW.comment_id] END;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'unit_path' = to_jsonb(OLD) - 'unit_path' THEN
            RETURN NEW;
        END IF;
    END IF;
    IF session_user <> 'cunxuan_owner'
       AND EXISTS (SELECT 1 FROM public.reports_comment c WHERE c.id = ANY (touched) AND c.sent_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the sentences of a comment that was sent stay' USING ERRCODE = 'CX004';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- What drafts that were never sent were before their changes goes with them (reports/comment_retention.py). What was sent
-- keeps its former states: nobody has DELETE on them, and this takes none of theirs.
CREATE OR REPLACE FUNCTION comment_versions_forget(drafts bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    IF (SELECT public.scope_role()) IS DISTINCT FROM 'system' THEN
        RAISE EXCEPTION 'row-level security: only the retention forgets' USING ERRCODE = '42501';
    END IF;
    DELETE FROM public.reports_commentversion v USING public.reports_comment c
     WHERE c.id = v.comment_id AND c.id = ANY (drafts) AND c.sent_at IS NULL;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION comment_versions_forget(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION comment_versions_forget(bigint[]) TO cunxuan_worker;
