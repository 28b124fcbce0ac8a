-- One open item, asked for by its source's key and held, or booked: an ERP does so a hundred times a second. Functions keep
-- the plans of their statements for the session, which costs more than carrying them out.
CREATE FUNCTION invoicing_hold_item(held text, entity bigint, item_source varchar, item_key varchar)
    RETURNS SETOF invoicing_openitem LANGUAGE plpgsql AS $$
BEGIN
    -- In a statement of its own, so that the next one sees what the last holder of the lock committed.
    PERFORM pg_advisory_xact_lock(hashtextextended(held, 0));
    RETURN QUERY SELECT i.* FROM invoicing_openitem i
        WHERE i.entity_id = entity AND i.source = item_source AND i.external_id = item_key
            AND i.superseded_on IS NULL FOR NO KEY UPDATE;
END $$;

-- The entry, its item, its postings and the event. An account that is missing leaves the entry unbalanced, which is refused.
CREATE FUNCTION invoicing_book_item(entity bigint, customer bigint, payer bigint, entry_kind varchar, item_kind varchar,
        item_number varchar, entry_text varchar, item_source varchar, item_key varchar, issued date, due date,
        item_currency varchar, item_amount numeric, in_base numeric, effective date, known date, against varchar,
        who varchar)
    RETURNS SETOF invoicing_openitem LANGUAGE plpgsql AS $$
DECLARE
    entry bigint;
    item invoicing_openitem;
BEGIN
    INSERT INTO invoicing_entry (entity_id, payer_id, kind, text, effective_on, known_on, actor)
        VALUES (entity, payer, entry_kind, entry_text, effective, known, who) RETURNING id INTO entry;
    INSERT INTO invoicing_openitem (entity_id, customer_id, payer_id, kind, source, external_id, number, issued_on, due_on,
            currency, amount, open_amount, base_amount, cycle, effective_on, known_on, entry_id)
        VALUES (entity, customer, payer, item_kind, item_source, coalesce(item_key, item_kind || ':' || entry), item_number,
            issued, due, item_currency, item_amount, item_amount, in_base, 1, effective, known, entry)
        RETURNING * INTO item;
    INSERT INTO invoicing_posting (entry_id, account_id, item_id, currency, amount, base_amount)
        SELECT entry, a.id, CASE WHEN line.sign > 0 THEN item.id END, item_currency, line.sign * item_amount,
            line.sign * in_base
        FROM (VALUES ('receivables', 1), (against, -1)) AS line (role, sign)
        JOIN invoicing_ledgeraccount a ON a.entity_id = entity AND a.role = line.role;
    PERFORM core_emit('items.booked', jsonb_build_object('customer_id', customer, 'entity_id', entity));
    RETURN NEXT item;
END $$;
-- reverse
DROP FUNCTION invoicing_book_item(bigint, bigint, bigint, varchar, varchar, varchar, varchar, varchar, varchar, date, date,
    varchar, numeric, numeric, date, date, varchar, varchar);
DROP FUNCTION invoicing_hold_item(text, bigint, varchar, varchar);
