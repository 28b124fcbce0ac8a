CREATE TRIGGER bank_account_stamped BEFORE UPDATE ON invoicing_bankaccount FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();

-- What a bank said stays said: of its lines only what became of their money changes, and who is found to have paid.
CREATE FUNCTION invoicing_check_line_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_rows WHERE open_amount <> CASE WHEN is_money THEN amount ELSE 0 END) THEN
        RAISE EXCEPTION 'the money of a new bank line must be wholly open' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER bank_line_starts_wholly_open AFTER INSERT ON invoicing_bankline
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_check_line_open();
CREATE TRIGGER bank_line_opens_by_use BEFORE UPDATE OF open_amount ON invoicing_bankline
    EXECUTE FUNCTION invoicing_only_by_allocation();
CREATE TRIGGER bank_line_never_changes
    BEFORE UPDATE OF id, entity_id, account_id, identity, currency, amount, booked_on, recorded_at
    ON invoicing_bankline EXECUTE FUNCTION invoicing_refuse_change();
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
CREATE TRIGGER bank_line_goes_with_its_entry AFTER DELETE ON invoicing_bankline
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_check_line_gone();
-- What was set aside may be said in words that name a person: an erasure takes those out, and nothing else changes.
CREATE TRIGGER line_use_never_changes
    BEFORE DELETE OR UPDATE OF id, line_id, kind, amount, receipt_id, entry_id, effective_on, reverses_id, actor,
        recorded_at
    ON invoicing_lineuse EXECUTE FUNCTION invoicing_refuse_change();
ALTER TABLE invoicing_bankline ADD CONSTRAINT bank_line_currency_known CHECK (core_minor_unit(currency) IS NOT NULL);

-- Uses move what is open of their lines, as allocations do of items: locked in the order of their ids, changed by the
-- difference.
CREATE FUNCTION invoicing_use_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint;
BEGIN
    PERFORM 1 FROM invoicing_bankline WHERE id IN (SELECT line_id FROM new_rows) ORDER BY id FOR NO KEY UPDATE;

    SELECT u.id INTO wrong FROM new_rows u JOIN invoicing_bankline l ON l.id = u.line_id
        LEFT JOIN invoicing_lineuse r ON r.id = u.reverses_id
        WHERE CASE WHEN u.reverses_id IS NULL THEN sign(u.amount) <> sign(l.amount) OR NOT l.is_money
                   ELSE u.amount <> -r.amount OR u.line_id <> r.line_id OR u.kind <> r.kind
                       OR r.reverses_id IS NOT NULL END
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'use % of a bank line is not on its side of zero, or does not undo exactly what it reverses', wrong
            USING ERRCODE = 'check_violation';
    END IF;

    UPDATE invoicing_bankline l SET open_amount = l.open_amount - t.used
        FROM (SELECT line_id, sum(amount) AS used FROM new_rows GROUP BY line_id HAVING sum(amount) <> 0) AS t
        WHERE t.line_id = l.id;
    RETURN NULL;
END $$;
CREATE TRIGGER line_use_moves_open_amount AFTER INSERT ON invoicing_lineuse
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_use_line();

CREATE TRIGGER bank_statement_stamped BEFORE UPDATE ON invoicing_bankstatement
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER bank_line_stamped BEFORE UPDATE ON invoicing_bankline FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER match_proposal_stamped BEFORE UPDATE ON invoicing_matchproposal
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER bank_statement_context AFTER INSERT ON invoicing_bankstatement
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
CREATE TRIGGER line_use_context AFTER INSERT ON invoicing_lineuse
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
CREATE TRIGGER match_proposal_context AFTER INSERT ON invoicing_matchproposal
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();

CREATE FUNCTION invoicing_bank_follows_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE invoicing_bankline l SET payer_id = n.payer_id FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE l.payer_id = o.payer_id AND n.payer_id IS DISTINCT FROM o.payer_id
            AND EXISTS (SELECT 1 FROM invoicing_matchproposal p WHERE p.line_id = l.id AND p.customer_id = n.id);
    UPDATE invoicing_matchproposal p SET payer_id = n.payer_id FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE p.customer_id = n.id AND n.payer_id IS DISTINCT FROM o.payer_id AND p.payer_id <> n.payer_id;
    RETURN NULL;
END $$;
CREATE TRIGGER bank_follows_payer AFTER UPDATE ON orders_customer
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION invoicing_bank_follows_payer();

-- A line's money goes over to the single payments of its batch, or comes to them, whole and once: what is open follows.
CREATE FUNCTION invoicing_line_money_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.is_money AND OLD.open_amount <> OLD.amount THEN
        RAISE EXCEPTION 'the money of bank line % is used already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    NEW.open_amount := CASE WHEN NEW.is_money THEN NEW.amount ELSE 0 END;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_line_money_moves BEFORE UPDATE OF is_money ON invoicing_bankline
    FOR EACH ROW WHEN (OLD.is_money IS DISTINCT FROM NEW.is_money) EXECUTE FUNCTION invoicing_line_money_moves();
-- reverse
DROP TRIGGER bank_line_money_moves ON invoicing_bankline;
DROP FUNCTION invoicing_line_money_moves();
DROP TRIGGER bank_follows_payer ON orders_customer;
DROP FUNCTION invoicing_bank_follows_payer();
DROP TRIGGER match_proposal_context ON invoicing_matchproposal;
DROP TRIGGER line_use_context ON invoicing_lineuse;
DROP TRIGGER bank_statement_context ON invoicing_bankstatement;
DROP TRIGGER match_proposal_stamped ON invoicing_matchproposal;
DROP TRIGGER bank_line_stamped ON invoicing_bankline;
DROP TRIGGER bank_statement_stamped ON invoicing_bankstatement;
DROP TRIGGER line_use_moves_open_amount ON invoicing_lineuse;
DROP FUNCTION invoicing_use_line();
ALTER TABLE invoicing_bankline DROP CONSTRAINT bank_line_currency_known;
DROP TRIGGER line_use_never_changes ON invoicing_lineuse;
DROP TRIGGER bank_line_goes_with_its_entry ON invoicing_bankline;
DROP FUNCTION invoicing_check_line_gone();
DROP TRIGGER bank_line_never_changes ON invoicing_bankline;
DROP TRIGGER bank_line_opens_by_use ON invoicing_bankline;
DROP TRIGGER bank_line_starts_wholly_open ON invoicing_bankline;
DROP FUNCTION invoicing_check_line_open();
DROP TRIGGER bank_account_stamped ON invoicing_bankaccount;
