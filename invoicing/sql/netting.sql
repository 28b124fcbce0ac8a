CREATE TRIGGER payable_stamped BEFORE UPDATE ON invoicing_payable FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER netting_agreement_stamped BEFORE UPDATE ON invoicing_nettingagreement FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER netting_stamped BEFORE UPDATE ON invoicing_netting FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER netting_context AFTER INSERT ON invoicing_netting
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();

-- What was agreed is agreed with an account that there is, and one agreement counts on a day.
ALTER TABLE invoicing_nettingagreement
    ADD CONSTRAINT netting_agreement_of_account FOREIGN KEY (customer_id, entity_id)
        REFERENCES orders_account (customer_id, entity_id) DEFERRABLE INITIALLY DEFERRED,
    -- ended before it began, it counted on no day
    ADD CONSTRAINT netting_agreement_days CHECK (until >= since - 1),
    ADD CONSTRAINT netting_agreement_one_at_a_time EXCLUDE USING gist (
        entity_id WITH =, customer_id WITH =, daterange(since, until + 1) WITH &&
    );

-- Who asked for what stays said: only what became of it changes.
CREATE TRIGGER netting_stays_asked
    BEFORE DELETE OR UPDATE OF id, entity_id, customer_id, agreement_id, currency, amount, asked_by_id, asker, asked_at
    ON invoicing_netting EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER netted_item_never_changes BEFORE DELETE OR UPDATE ON invoicing_netteditem
    EXECUTE FUNCTION invoicing_refuse_change();
CREATE TRIGGER netted_payable_never_changes BEFORE DELETE OR UPDATE ON invoicing_nettedpayable
    EXECUTE FUNCTION invoicing_refuse_change();

-- Both sides of a netting come to its amount, of its legal entity, customer and currency: looked at when the
-- transaction that wrote it ends.
CREATE FUNCTION invoicing_check_netting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    which bigint;
    n invoicing_netting%ROWTYPE;
    owed numeric;
    owing numeric;
    strange boolean;
BEGIN
    which := CASE WHEN TG_TABLE_NAME = 'invoicing_netting' THEN (to_jsonb(NEW) ->> 'id')::bigint
        ELSE (to_jsonb(NEW) ->> 'netting_id')::bigint END;
    SELECT * INTO n FROM invoicing_netting WHERE id = which;
    SELECT coalesce(sum(x.amount), 0), coalesce(bool_or((i.entity_id, i.customer_id, i.currency)
            IS DISTINCT FROM (n.entity_id, n.customer_id, n.currency) OR i.amount < 0), false)
        INTO owed, strange
        FROM invoicing_netteditem x JOIN invoicing_openitem i ON i.id = x.item_id WHERE x.netting_id = which;
    IF strange THEN
        RAISE EXCEPTION 'netting % has an item of another account or currency, or a credit', which
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT coalesce(sum(x.amount), 0), coalesce(bool_or((p.entity_id, p.customer_id, p.currency)
            IS DISTINCT FROM (n.entity_id, n.customer_id, n.currency)), false)
        INTO owing, strange
        FROM invoicing_nettedpayable x JOIN invoicing_payable p ON p.id = x.payable_id WHERE x.netting_id = which;
    IF strange THEN
        RAISE EXCEPTION 'netting % has a payable of another account or currency', which
            USING ERRCODE = 'check_violation';
    END IF;
    IF owed <> n.amount OR owing <> n.amount THEN
        RAISE EXCEPTION 'netting % is of %, its items come to % and its payables to %', which, n.amount, owed, owing
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER netting_is_even AFTER INSERT ON invoicing_netting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoicing_check_netting();
CREATE CONSTRAINT TRIGGER netted_items_are_even AFTER INSERT ON invoicing_netteditem
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoicing_check_netting();
CREATE CONSTRAINT TRIGGER netted_payables_are_even AFTER INSERT ON invoicing_nettedpayable
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoicing_check_netting();

-- Legal entities that are there have the account too.
INSERT INTO invoicing_ledgeraccount (entity_id, role, code, name)
    SELECT e.id, 'netting', CASE WHEN EXISTS (SELECT FROM invoicing_ledgeraccount a
            WHERE a.entity_id = e.id AND a.code = '1362') THEN 'netting' ELSE '1362' END,
        'Netting with vendors, in clearing'
    FROM orders_legalentity e ON CONFLICT DO NOTHING;
-- reverse
DROP TRIGGER netted_payables_are_even ON invoicing_nettedpayable;
DROP TRIGGER netted_items_are_even ON invoicing_netteditem;
DROP TRIGGER netting_is_even ON invoicing_netting;
DROP FUNCTION invoicing_check_netting();
DROP TRIGGER netted_payable_never_changes ON invoicing_nettedpayable;
DROP TRIGGER netted_item_never_changes ON invoicing_netteditem;
DROP TRIGGER netting_stays_asked ON invoicing_netting;
ALTER TABLE invoicing_nettingagreement
    DROP CONSTRAINT netting_agreement_one_at_a_time,
    DROP CONSTRAINT netting_agreement_days,
    DROP CONSTRAINT netting_agreement_of_account;
DROP TRIGGER netting_context ON invoicing_netting;
DROP TRIGGER netting_stamped ON invoicing_netting;
DROP TRIGGER netting_agreement_stamped ON invoicing_nettingagreement;
DROP TRIGGER payable_stamped ON invoicing_payable;
