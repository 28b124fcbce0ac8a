-- For tables that are written many rows at once: the context is written once a statement.
CREATE FUNCTION core_note_context() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM _pgh_attach_context();
    RETURN NULL;
END $$;

-- History stays as it was written. Erasure and retention say so first (o2c.audit_change, for their transaction only).
CREATE FUNCTION core_history_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('o2c.audit_change', true), '') NOT IN ('erasure', 'retention') THEN
        RAISE EXCEPTION '% on % refused: the audit trail is only added to', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

-- … and whoever says so leaves a record of it, which cannot be left out.
CREATE FUNCTION core_history_change_is_shown() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed bigint;
BEGIN
    SELECT count(*) INTO changed FROM gone;
    IF changed > 0 THEN
        INSERT INTO core_accessrecord (kind, what, facts) VALUES (
            'trail_changed', TG_TABLE_NAME,
            jsonb_build_object('operation', lower(TG_OP), 'rows', changed, 'for', current_setting('o2c.audit_change', true))
        );
    END IF;
    RETURN NULL;
END $$;

-- A context may be completed by the act that makes it (pghistory does, when an act is part of another), and by no other.
CREATE FUNCTION core_context_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.created_at = now() AND pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    IF coalesce(current_setting('o2c.audit_change', true), '') NOT IN ('erasure', 'retention') THEN
        RAISE EXCEPTION '% on % refused: the audit trail is only added to', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER access_record_context AFTER INSERT ON core_accessrecord
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
CREATE TRIGGER import_run_context AFTER INSERT ON core_importrun
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
CREATE TRIGGER access_record_stays BEFORE UPDATE OR DELETE ON core_accessrecord
    FOR EACH STATEMENT EXECUTE FUNCTION core_history_stays();
CREATE TRIGGER access_record_change_is_shown AFTER UPDATE ON core_accessrecord
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION core_history_change_is_shown();
CREATE TRIGGER access_record_removal_is_shown AFTER DELETE ON core_accessrecord
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION core_history_change_is_shown();
CREATE TRIGGER context_stays BEFORE UPDATE OR DELETE ON pghistory_context
    FOR EACH ROW EXECUTE FUNCTION core_context_stays();
-- reverse
DROP TRIGGER context_stays ON pghistory_context;
DROP TRIGGER access_record_removal_is_shown ON core_accessrecord;
DROP TRIGGER access_record_change_is_shown ON core_accessrecord;
DROP TRIGGER access_record_stays ON core_accessrecord;
DROP TRIGGER import_run_context ON core_importrun;
DROP TRIGGER access_record_context ON core_accessrecord;
DROP FUNCTION core_context_stays();
DROP FUNCTION core_history_change_is_shown();
DROP FUNCTION core_history_stays();
DROP FUNCTION core_note_context();
