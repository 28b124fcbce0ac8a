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

-- From where entries come: the context's row, once a statement.
CREATE TRIGGER entry_context AFTER INSERT ON invoicing_entry FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();

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

-- The entry that stands for another one today: itself, or, where its reversal was reversed, that one. A reversal that is
-- taken back leaves the item as it was, so that it may be reversed again; each entry is still reversed once at most.
CREATE FUNCTION invoicing_standing_entry(entry bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    stands bigint := entry;
    again bigint;
BEGIN
    LOOP
        SELECT back.id INTO again FROM invoicing_entry undone JOIN invoicing_entry back ON back.reverses_id = undone.id
            WHERE undone.reverses_id = stands;
        IF again IS NULL THEN
            RETURN stands;
        END IF;
        stands := again;
    END LOOP;
END $$;
-- reverse
DROP FUNCTION invoicing_standing_entry(bigint);
DROP TRIGGER entry_in_open_books ON invoicing_entry;
DROP FUNCTION invoicing_books_are_open();
DROP TRIGGER posting_balances ON invoicing_posting;
DROP FUNCTION invoicing_check_balanced();
DROP TRIGGER entry_context ON invoicing_entry;
DROP TRIGGER posting_never_changes ON invoicing_posting;
DROP TRIGGER entry_never_changes ON invoicing_entry;
DROP FUNCTION invoicing_refuse_change();
