-- What was set aside may be said in words that name a person: an erasure takes those out, and nothing else changes.
DROP TRIGGER line_use_never_changes ON invoicing_lineuse;
CREATE TRIGGER line_use_never_changes
    BEFORE DELETE OR UPDATE OF id, line_id, kind, amount, receipt_id, entry_id, effective_on, reverses_id, actor,
        recorded_at
    ON invoicing_lineuse EXECUTE FUNCTION invoicing_refuse_change();
-- reverse
DROP TRIGGER line_use_never_changes ON invoicing_lineuse;
CREATE TRIGGER line_use_never_changes BEFORE DELETE OR UPDATE ON invoicing_lineuse
    EXECUTE FUNCTION invoicing_refuse_change();
