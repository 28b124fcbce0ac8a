-- What a table of bank lines brought may be taken back: its lines go with the entry that booked them, and only while
-- nothing uses their money (the keys of their uses see to that). Other lines never go.
CREATE FUNCTION invoicing_check_line_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM old_rows o JOIN invoicing_bankstatement s ON s.id = o.statement_id
        WHERE s.import_run_id IS NULL OR (o.entry_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM invoicing_entry e WHERE e.reverses_id = o.entry_id))
    ) THEN
        RAISE EXCEPTION 'DELETE on invoicing_bankline refused: what a bank said stays said'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER bank_line_never_changes ON invoicing_bankline;
CREATE TRIGGER bank_line_never_changes
    BEFORE UPDATE OF id, entity_id, account_id, identity, currency, amount, booked_on, recorded_at
    ON invoicing_bankline EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER bank_line_goes_with_its_entry AFTER DELETE ON invoicing_bankline
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_check_line_gone();
-- reverse
DROP TRIGGER bank_line_goes_with_its_entry ON invoicing_bankline;
DROP TRIGGER bank_line_never_changes ON invoicing_bankline;
CREATE TRIGGER bank_line_never_changes
    BEFORE DELETE OR UPDATE OF id, entity_id, account_id, identity, currency, amount, booked_on, recorded_at
    ON invoicing_bankline EXECUTE FUNCTION invoicing_refuse_change();
DROP FUNCTION invoicing_check_line_gone();
