-- A document that came with its number from elsewhere may be thrown away with the load that brought it, but only once
-- its entry is reversed. What another system posts has no entry of ours; what has a number or a paper of ours stays.
CREATE FUNCTION invoicing_may_go(elsewhere boolean, numbered boolean, run bigint, document bigint, entry bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT elsewhere OR NOT numbered AND run IS NOT NULL AND document IS NULL AND (
        entry IS NULL
        OR EXISTS (SELECT 1 FROM invoicing_entry r WHERE r.reverses_id = invoicing_standing_entry(entry)))
$$;
CREATE OR REPLACE FUNCTION invoicing_issued_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE may_change constant text[] := '{payer_id,document_id,state,updated_at}';
BEGIN
    IF TG_OP = 'DELETE' AND invoicing_may_go(
        OLD.posted_elsewhere, OLD.numbered_here, OLD.import_run_id, OLD.document_id, OLD.entry_id)
    THEN
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
        WHERE i.state <> 'draft' AND NOT (TG_OP = 'DELETE' AND invoicing_may_go(
            i.posted_elsewhere, i.numbered_here, i.import_run_id, i.document_id, i.entry_id)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'invoice % is issued: % on % refused', wrong, TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
-- reverse
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
DROP FUNCTION invoicing_may_go(boolean, boolean, bigint, bigint, bigint);
