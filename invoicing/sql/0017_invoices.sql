-- An issued invoice stays as it is: it may only be cancelled, get its document, and follow its customer's payer.
CREATE FUNCTION invoicing_issued_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE may_change constant text[] := '{payer_id,document_id,state,updated_at}';
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - may_change = to_jsonb(OLD) - may_change
        AND (NEW.state = OLD.state OR OLD.state = 'issued' AND NEW.state = 'cancelled')
        AND (OLD.document_id IS NULL OR NEW.document_id = OLD.document_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'invoice % is issued and never changes; credit or cancel it', OLD.number
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER invoice_issued_stays BEFORE UPDATE OR DELETE ON invoicing_invoice
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION invoicing_issued_stays();

CREATE FUNCTION invoicing_issued_parts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong text;
BEGIN
    SELECT i.number INTO wrong FROM touched t JOIN invoicing_invoice i ON i.id = t.invoice_id
        WHERE i.state <> 'draft' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'invoice % is issued: % on % refused', wrong, TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
DO $$
DECLARE part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['line', 'adjustment', 'tax'] LOOP
        EXECUTE format('CREATE TRIGGER %1$s_added AFTER INSERT ON invoicing_invoice%1$s REFERENCING NEW TABLE AS touched
            FOR EACH STATEMENT EXECUTE FUNCTION invoicing_issued_parts_stay()', part);
        EXECUTE format('CREATE TRIGGER %1$s_changed AFTER UPDATE ON invoicing_invoice%1$s REFERENCING OLD TABLE AS touched
            FOR EACH STATEMENT EXECUTE FUNCTION invoicing_issued_parts_stay()', part);
        EXECUTE format('CREATE TRIGGER %1$s_moved AFTER UPDATE ON invoicing_invoice%1$s REFERENCING NEW TABLE AS touched
            FOR EACH STATEMENT EXECUTE FUNCTION invoicing_issued_parts_stay()', part);
        EXECUTE format('CREATE TRIGGER %1$s_removed AFTER DELETE ON invoicing_invoice%1$s REFERENCING OLD TABLE AS touched
            FOR EACH STATEMENT EXECUTE FUNCTION invoicing_issued_parts_stay()', part);
    END LOOP;
END $$;

CREATE TRIGGER invoice_stamped BEFORE UPDATE ON invoicing_invoice FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER invoice_context AFTER INSERT ON invoicing_invoice FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
ALTER TABLE invoicing_invoice ADD CONSTRAINT invoice_currency_known CHECK (core_minor_unit(currency) IS NOT NULL);

CREATE FUNCTION invoicing_invoices_follow_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE invoicing_invoice i SET payer_id = n.payer_id FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE i.customer_id = n.id AND n.payer_id IS DISTINCT FROM o.payer_id AND i.payer_id <> n.payer_id;
    RETURN NULL;
END $$;
CREATE TRIGGER invoices_follow_payer AFTER UPDATE ON orders_customer
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION invoicing_invoices_follow_payer();

-- Nothing is booked into a closed month. The advisory lock is shared by all who book and held by who closes
-- (o2c.invoicing.closing), so that no entry slips in beside the closing.
CREATE FUNCTION invoicing_books_are_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong text;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('books' || E'\x1f' || entity_id, 0))
        FROM (SELECT DISTINCT entity_id FROM new_rows ORDER BY entity_id) AS booked;
    SELECT format('the books of %s are closed until %s, so nothing is booked on %s', e.code, e.closed_until, n.effective_on)
        INTO wrong FROM new_rows n JOIN orders_legalentity e ON e.id = n.entity_id
        WHERE n.effective_on <= e.closed_until LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'restrict_violation', CONSTRAINT = 'entry_in_open_books';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_in_open_books AFTER INSERT ON invoicing_entry
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_books_are_open();

INSERT INTO invoicing_ledgeraccount (entity_id, role, code, name, company_code)
    SELECT e.id, a.role, a.code, a.name, '' FROM orders_legalentity e CROSS JOIN (VALUES
        ('sales', '8000', 'Sales, of invoices issued here'), ('output_tax', '1776', 'Tax owed on sales'),
        ('prepayments', '1710', 'Received before the invoice'), ('rounding', '8730', 'Rounding of invoices')
    ) AS a (role, code, name)
    WHERE EXISTS (SELECT 1 FROM invoicing_ledgeraccount l WHERE l.entity_id = e.id)
    ON CONFLICT DO NOTHING;
-- reverse
DELETE FROM invoicing_ledgeraccount WHERE role IN ('sales', 'output_tax', 'prepayments', 'rounding');
DROP TRIGGER entry_in_open_books ON invoicing_entry;
DROP FUNCTION invoicing_books_are_open();
DROP TRIGGER invoices_follow_payer ON orders_customer;
DROP FUNCTION invoicing_invoices_follow_payer();
DROP TRIGGER invoice_issued_stays ON invoicing_invoice;
DROP FUNCTION invoicing_issued_stays();
DROP TRIGGER invoice_stamped ON invoicing_invoice;
DROP TRIGGER invoice_context ON invoicing_invoice;
DROP FUNCTION invoicing_issued_parts_stay() CASCADE;
