-- The numbers of items as they are searched for. Keys are those of documents, which payers name by their figures.
CREATE FUNCTION invoicing_number_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO invoicing_itemnumber (item_id, number, key, tail)
        SELECT id, number,
            CASE WHEN kind IN ('invoice', 'credit_note', 'fee') THEN invoicing_number_key(number) END,
            CASE WHEN kind IN ('invoice', 'credit_note', 'fee') THEN invoicing_number_tail(number) END
        FROM new_rows WHERE kind IN ('invoice', 'credit_note', 'fee') OR source <> 'o2c';
    RETURN NULL;
END $$;
CREATE TRIGGER items_are_numbered AFTER INSERT ON invoicing_openitem
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_number_items();

CREATE FUNCTION invoicing_number_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE invoicing_itemnumber SET number = NEW.number,
            key = CASE WHEN key IS NOT NULL THEN invoicing_number_key(NEW.number) END,
            tail = CASE WHEN key IS NOT NULL THEN invoicing_number_tail(NEW.number) END
        WHERE item_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER item_is_numbered_anew AFTER UPDATE OF number ON invoicing_openitem
    FOR EACH ROW WHEN (OLD.number IS DISTINCT FROM NEW.number) EXECUTE FUNCTION invoicing_number_item();

INSERT INTO invoicing_itemnumber (item_id, number, key, tail)
    SELECT id, number,
        CASE WHEN kind IN ('invoice', 'credit_note', 'fee') THEN invoicing_number_key(number) END,
        CASE WHEN kind IN ('invoice', 'credit_note', 'fee') THEN invoicing_number_tail(number) END
    FROM invoicing_openitem WHERE kind IN ('invoice', 'credit_note', 'fee') OR source <> 'o2c';
-- reverse
DROP TRIGGER item_is_numbered_anew ON invoicing_openitem;
DROP FUNCTION invoicing_number_item();
DROP TRIGGER items_are_numbered ON invoicing_openitem;
DROP FUNCTION invoicing_number_items();
