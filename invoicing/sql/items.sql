CREATE TRIGGER item_never_changes
    BEFORE DELETE OR UPDATE OF id, entity_id, customer_id, kind, source, currency, amount, base_amount,
        effective_on, known_on, recorded_at, entry_id
    ON invoicing_openitem EXECUTE FUNCTION invoicing_refuse_change();

CREATE TRIGGER receipt_never_changes
    BEFORE DELETE OR UPDATE OF id, entity_id, customer_id, currency, amount, received_on, item_id
    ON invoicing_receipt EXECUTE FUNCTION invoicing_refuse_change();

-- A new item is wholly open, and only the allocation trigger changes what is open of it.
CREATE FUNCTION invoicing_check_wholly_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_rows WHERE open_amount <> amount OR cycle <> 1) THEN
        RAISE EXCEPTION 'a new open item must be wholly open' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER item_starts_wholly_open AFTER INSERT ON invoicing_openitem
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_check_wholly_open();

CREATE FUNCTION invoicing_only_by_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'open amounts change by allocations only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER item_opens_by_allocation BEFORE UPDATE OF open_amount, cycle ON invoicing_openitem
    EXECUTE FUNCTION invoicing_only_by_allocation();

ALTER TABLE invoicing_openitem ADD CONSTRAINT item_currency_known CHECK (core_minor_unit(currency) IS NOT NULL);

CREATE TRIGGER allocation_never_changes
    BEFORE DELETE OR UPDATE OF id, debit_item_id, credit_item_id, currency, amount, effective_on, known_on,
        recorded_at, reverses_id, actor
    ON invoicing_allocation EXECUTE FUNCTION invoicing_refuse_change();

-- Allocations move the open amounts of the items they pair. The items are locked in the order of their ids before
-- anything is read from them, and changed by the difference, so that writers neither deadlock nor overwrite.
CREATE FUNCTION invoicing_allocate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint;
BEGIN
    PERFORM 1 FROM invoicing_openitem
        WHERE id IN (SELECT debit_item_id FROM new_rows UNION SELECT credit_item_id FROM new_rows)
        ORDER BY id FOR NO KEY UPDATE;

    SELECT a.id INTO wrong FROM new_rows a
        JOIN invoicing_openitem d ON d.id = a.debit_item_id
        JOIN invoicing_openitem c ON c.id = a.credit_item_id
        WHERE d.amount <= 0 OR c.amount >= 0 OR d.entity_id <> c.entity_id
            OR d.currency <> a.currency OR c.currency <> a.currency
            OR a.effective_on < greatest(d.effective_on, c.effective_on)
            OR a.known_on < greatest(d.known_on, c.known_on)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation % must pair a positive with a negative item of one legal entity and currency, not before both were there', wrong
            USING ERRCODE = 'check_violation';
    END IF;

    SELECT a.id INTO wrong FROM new_rows a JOIN invoicing_allocation r ON r.id = a.reverses_id
        WHERE a.amount <> -r.amount OR a.debit_item_id <> r.debit_item_id OR a.credit_item_id <> r.credit_item_id
            OR r.reverses_id IS NOT NULL
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation % does not undo exactly what it reverses', wrong USING ERRCODE = 'check_violation';
    END IF;

    UPDATE invoicing_openitem i
        SET open_amount = i.open_amount + t.delta,
            cycle = i.cycle + CASE WHEN i.open_amount = 0 THEN 1 ELSE 0 END
        FROM (
            SELECT id, sum(delta) AS delta FROM (
                SELECT debit_item_id AS id, -amount AS delta FROM new_rows
                UNION ALL SELECT credit_item_id, amount FROM new_rows
            ) AS deltas GROUP BY id HAVING sum(delta) <> 0
        ) AS t
        WHERE t.id = i.id;
    RETURN NULL;
END $$;

CREATE TRIGGER allocation_moves_open_amounts AFTER INSERT ON invoicing_allocation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_allocate();

CREATE TRIGGER allocation_context AFTER INSERT ON invoicing_allocation
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();

-- Allocations move open amounts by the million; a row trigger without a condition is the cheapest that forgets no way in.
CREATE TRIGGER item_stamped BEFORE UPDATE ON invoicing_openitem FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER receipt_stamped BEFORE UPDATE ON invoicing_receipt FOR EACH ROW EXECUTE FUNCTION core_stamp();

-- The payer of what is owed follows the customer when the customer moves to another group.
CREATE FUNCTION invoicing_follow_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE n.payer_id <> o.payer_id) THEN
        RETURN NULL;
    END IF;
    UPDATE invoicing_entry e SET payer_id = n.payer_id
        FROM invoicing_openitem i, new_rows n JOIN old_rows o ON o.id = n.id
        WHERE i.entry_id = e.id AND i.customer_id = n.id AND n.payer_id IS DISTINCT FROM o.payer_id;
    UPDATE invoicing_allocation a SET payer_id = n.payer_id
        FROM invoicing_openitem i, new_rows n JOIN old_rows o ON o.id = n.id
        WHERE i.id = a.debit_item_id AND i.customer_id = n.id AND n.payer_id IS DISTINCT FROM o.payer_id;
    UPDATE invoicing_receipt r SET payer_id = n.payer_id
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE r.customer_id = n.id AND n.payer_id IS DISTINCT FROM o.payer_id;
    UPDATE invoicing_openitem i SET payer_id = n.payer_id
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE i.customer_id = n.id AND n.payer_id IS DISTINCT FROM o.payer_id;
    RETURN NULL;
END $$;

CREATE TRIGGER items_follow_payer AFTER UPDATE ON orders_customer
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_follow_payer();
-- reverse
DROP TRIGGER items_follow_payer ON orders_customer;
DROP FUNCTION invoicing_follow_payer();
DROP TRIGGER receipt_stamped ON invoicing_receipt;
DROP TRIGGER item_stamped ON invoicing_openitem;
DROP TRIGGER allocation_context ON invoicing_allocation;
DROP TRIGGER allocation_moves_open_amounts ON invoicing_allocation;
DROP FUNCTION invoicing_allocate();
DROP TRIGGER allocation_never_changes ON invoicing_allocation;
ALTER TABLE invoicing_openitem DROP CONSTRAINT item_currency_known;
DROP TRIGGER item_opens_by_allocation ON invoicing_openitem;
DROP FUNCTION invoicing_only_by_allocation();
DROP TRIGGER item_starts_wholly_open ON invoicing_openitem;
DROP FUNCTION invoicing_check_wholly_open();
DROP TRIGGER receipt_never_changes ON invoicing_receipt;
DROP TRIGGER item_never_changes ON invoicing_openitem;
