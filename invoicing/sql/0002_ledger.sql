-- What is posted stays posted. payer_id alone may change: it names the partition, not a fact of the books.
CREATE FUNCTION invoicing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: posted rows never change, reverse them', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER entry_never_changes
    BEFORE DELETE OR UPDATE OF id, entity_id, kind, text, effective_on, known_on, recorded_at, reverses_id, actor
    ON invoicing_entry EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER posting_never_changes
    BEFORE DELETE OR UPDATE ON invoicing_posting EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER allocation_never_changes
    BEFORE DELETE OR UPDATE OF id, debit_item_id, credit_item_id, currency, amount, effective_on, known_on,
        recorded_at, reverses_id, actor
    ON invoicing_allocation EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER item_never_changes
    BEFORE DELETE OR UPDATE OF id, entity_id, customer_id, kind, source, currency, amount, base_amount,
        effective_on, known_on, recorded_at, entry_id
    ON invoicing_openitem EXECUTE FUNCTION invoicing_refuse_change();

-- An entry's postings are written in one statement, so that one query over the statement's rows checks them all.
CREATE FUNCTION invoicing_check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE unbalanced bigint;
BEGIN
    SELECT entry_id INTO unbalanced FROM new_rows GROUP BY entry_id, currency HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not balance', unbalanced USING ERRCODE = 'check_violation';
    END IF;
    SELECT entry_id INTO unbalanced FROM new_rows GROUP BY entry_id
        HAVING count(base_amount) NOT IN (0, count(*)) OR coalesce(sum(base_amount), 0) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not balance in base currency', unbalanced USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER posting_balances AFTER INSERT ON invoicing_posting
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_check_balanced();

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

-- Every item with a balance on a day, with what was known by then. It starts from today's open amounts and takes
-- back the allocations that count only from later, so today costs nothing extra and the past is exact.
CREATE FUNCTION invoicing_balances(as_of date)
    RETURNS TABLE (item_id bigint, entity_id bigint, customer_id bigint, payer_id bigint, currency varchar,
                   due_on date, disputed_on date, cycle smallint, amount numeric, balance numeric)
    LANGUAGE sql STABLE AS $$
    WITH later AS (
        SELECT t.id, sum(t.delta) AS delta FROM (
            SELECT a.debit_item_id AS id, a.amount AS delta FROM invoicing_allocation a WHERE a.counts_from > as_of
            UNION ALL
            SELECT a.credit_item_id, -a.amount FROM invoicing_allocation a WHERE a.counts_from > as_of
        ) AS t GROUP BY t.id
    )
    SELECT i.id, i.entity_id, i.customer_id, i.payer_id, i.currency, i.due_on, i.disputed_on, i.cycle, i.amount,
           i.open_amount + coalesce(l.delta, 0)
        FROM invoicing_openitem i LEFT JOIN later l ON l.id = i.id
        WHERE i.open_amount <> 0 AND i.counts_from <= as_of AND i.open_amount + coalesce(l.delta, 0) <> 0
    UNION ALL
    SELECT i.id, i.entity_id, i.customer_id, i.payer_id, i.currency, i.due_on, i.disputed_on, i.cycle, i.amount,
           l.delta
        FROM invoicing_openitem i JOIN later l ON l.id = i.id
        WHERE i.open_amount = 0 AND i.counts_from <= as_of AND l.delta <> 0
$$;
-- reverse
DROP FUNCTION invoicing_balances(date);
DROP TRIGGER items_follow_payer ON orders_customer;
DROP FUNCTION invoicing_follow_payer();
DROP TRIGGER allocation_moves_open_amounts ON invoicing_allocation;
DROP FUNCTION invoicing_allocate();
ALTER TABLE invoicing_openitem DROP CONSTRAINT item_currency_known;
DROP TRIGGER posting_balances ON invoicing_posting;
DROP FUNCTION invoicing_check_balanced();
DROP TRIGGER item_opens_by_allocation ON invoicing_openitem;
DROP FUNCTION invoicing_only_by_allocation();
DROP TRIGGER item_starts_wholly_open ON invoicing_openitem;
DROP FUNCTION invoicing_check_wholly_open();
DROP TRIGGER receipt_never_changes ON invoicing_receipt;
DROP TRIGGER item_never_changes ON invoicing_openitem;
DROP TRIGGER allocation_never_changes ON invoicing_allocation;
DROP TRIGGER posting_never_changes ON invoicing_posting;
DROP TRIGGER entry_never_changes ON invoicing_entry;
DROP FUNCTION invoicing_refuse_change();
