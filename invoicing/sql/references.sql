-- What postings and items refer to is looked up once a statement, each key once, where a foreign key asks for every row.
-- Entries and items are never deleted and never change their key (entry_never_changes, item_never_changes), so that what is
-- found stays; accounts may go, and are held as a foreign key holds them. OFFSET 0 keeps it a look-up in the key's index:
-- the plan of the first statement is kept, and a join that is right for a million rows reads the whole book for one.
CREATE FUNCTION invoicing_postings_refer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE missing text;
BEGIN
    PERFORM 1 FROM invoicing_ledgeraccount WHERE id IN (SELECT account_id FROM new_rows) ORDER BY id FOR KEY SHARE;
    SELECT wrong.what INTO missing FROM (
        SELECT 'entry ' || n.entry_id AS what FROM (SELECT DISTINCT entry_id FROM new_rows) n
            WHERE NOT EXISTS (SELECT 1 FROM invoicing_entry e WHERE e.id = n.entry_id OFFSET 0)
        UNION ALL
        SELECT 'account ' || n.account_id FROM (SELECT DISTINCT account_id FROM new_rows) n
            WHERE NOT EXISTS (SELECT 1 FROM invoicing_ledgeraccount a WHERE a.id = n.account_id OFFSET 0)
        UNION ALL
        SELECT 'item ' || n.item_id FROM (SELECT DISTINCT item_id FROM new_rows WHERE item_id IS NOT NULL) n
            WHERE NOT EXISTS (SELECT 1 FROM invoicing_openitem i WHERE i.id = n.item_id OFFSET 0)
    ) AS wrong LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a posting refers to %, which is not there', missing
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'posting_refers';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_refers AFTER INSERT ON invoicing_posting
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_postings_refer();

CREATE FUNCTION invoicing_items_refer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE missing bigint;
BEGIN
    SELECT n.entry_id INTO missing FROM (SELECT DISTINCT entry_id FROM new_rows) n
        WHERE NOT EXISTS (SELECT 1 FROM invoicing_entry e WHERE e.id = n.entry_id OFFSET 0) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'an open item refers to entry %, which is not there', missing
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'item_refers';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER item_refers AFTER INSERT ON invoicing_openitem
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_items_refer();

-- The other side of the same keys. An account's own key never changes; it may go while nothing was posted to it.
CREATE FUNCTION invoicing_account_is_posted_to() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint;
BEGIN
    SELECT o.id INTO wrong FROM old_rows o
        WHERE EXISTS (SELECT 1 FROM invoicing_posting p WHERE p.account_id = o.id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account % is posted to', wrong
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'posting_refers';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER account_not_posted_to AFTER DELETE ON invoicing_ledgeraccount
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION invoicing_account_is_posted_to();
CREATE TRIGGER account_keeps_its_key BEFORE UPDATE OF id ON invoicing_ledgeraccount
    EXECUTE FUNCTION invoicing_refuse_change();

-- TRUNCATE knows foreign keys only: it may empty these tables together, and none of them alone.
CREATE FUNCTION invoicing_emptied_together() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoicing_posting) OR TG_TABLE_NAME = 'invoicing_entry' AND EXISTS (SELECT 1 FROM invoicing_openitem)
    THEN
        RAISE EXCEPTION 'TRUNCATE of % refused: others refer to its rows', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'posting_refers';
    END IF;
    RETURN NULL;
END $$;
DO $$
DECLARE emptied text;
BEGIN
    FOREACH emptied IN ARRAY ARRAY['entry', 'openitem', 'ledgeraccount'] LOOP
        EXECUTE format('CREATE TRIGGER %1$s_emptied AFTER TRUNCATE ON invoicing_%1$s'
            ' EXECUTE FUNCTION invoicing_emptied_together()', emptied);
    END LOOP;
END $$;
-- reverse
DROP FUNCTION invoicing_emptied_together() CASCADE;
DROP TRIGGER account_keeps_its_key ON invoicing_ledgeraccount;
DROP FUNCTION invoicing_account_is_posted_to() CASCADE;
DROP FUNCTION invoicing_items_refer() CASCADE;
DROP FUNCTION invoicing_postings_refer() CASCADE;
