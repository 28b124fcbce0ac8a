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
-- reverse
DROP TRIGGER invoices_follow_payer ON orders_customer;
DROP FUNCTION invoicing_invoices_follow_payer();
ALTER TABLE invoicing_invoice DROP CONSTRAINT invoice_currency_known;
DROP TRIGGER invoice_context ON invoicing_invoice;
DROP TRIGGER invoice_stamped ON invoicing_invoice;
DROP FUNCTION invoicing_issued_parts_stay() CASCADE;
DROP TRIGGER invoice_issued_stays ON invoicing_invoice;
DROP FUNCTION invoicing_issued_stays();
