-- What another system has issued and posts was never issued here: a load of it is taken back by being thrown away.
CREATE OR REPLACE FUNCTION invoicing_issued_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE may_change constant text[] := '{payer_id,document_id,state,updated_at}';
BEGIN
    IF TG_OP = 'DELETE' AND OLD.posted_elsewhere THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - may_change = to_jsonb(OLD) - may_change
        AND (NEW.state = OLD.state OR OLD.state = 'issued' AND NEW.state = 'cancelled')
        AND (OLD.document_id IS NULL OR NEW.document_id = OLD.document_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'invoice % is issued and never changes; credit or cancel it', OLD.number
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE FUNCTION invoicing_issued_parts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong text;
BEGIN
    SELECT i.number INTO wrong FROM touched t JOIN invoicing_invoice i ON i.id = t.invoice_id
        WHERE i.state <> 'draft' AND NOT (TG_OP = 'DELETE' AND i.posted_elsewhere) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'invoice % is issued: % on % refused', wrong, TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
-- Only drafts lose lines, and what was cancelled before it is thrown away: that has freed its own already.
CREATE OR REPLACE FUNCTION invoicing_lines_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM invoicing_bill(array_agg(o.delivery_line_id), array_agg(-o.quantity)) FROM old_rows o
        WHERE o.delivery_line_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.id = o.invoice_id
                AND (i.kind <> 'invoice' OR i.state = 'cancelled'));
    RETURN NULL;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION invoicing_lines_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM invoicing_bill(array_agg(o.delivery_line_id), array_agg(-o.quantity)) FROM old_rows o
        WHERE o.delivery_line_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.id = o.invoice_id AND i.kind <> 'invoice');
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION invoicing_issued_parts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE FUNCTION invoicing_issued_stays() RETURNS trigger LANGUAGE plpgsql AS $$
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
