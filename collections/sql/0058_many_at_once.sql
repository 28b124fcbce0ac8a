-- What an update has changed is told by EXCEPT and not by a join of its two tables of rows: PostgreSQL plans that once in
-- a connection, for as few rows as the first update had, and then compares each row of a large one with each.
CREATE OR REPLACE FUNCTION collections_follow_payer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    target text;
    moved bigint[] := ARRAY(
        SELECT id FROM (SELECT id, payer_id FROM new_rows EXCEPT SELECT id, payer_id FROM old_rows) m
    );
BEGIN
    IF moved = '{}' THEN
        RETURN NULL;
    END IF;
    FOREACH target IN ARRAY ARRAY['notice', 'hold', 'dispute', 'task', 'activity', 'promisetopay'] LOOP
        EXECUTE format(
            'UPDATE collections_%s t SET payer_id = c.payer_id FROM orders_customer c
             WHERE t.customer_id = c.id AND c.id = ANY($1) AND t.payer_id IS DISTINCT FROM c.payer_id', target
        ) USING moved;
    END LOOP;
    UPDATE collections_noticeline l SET payer_id = c.payer_id FROM collections_notice n, orders_customer c
        WHERE l.notice_id = n.id AND n.customer_id = c.id AND c.id = ANY(moved) AND l.payer_id <> c.payer_id;
    RETURN NULL;
END $$;
-- reverse
-- It does what the one before does.
SELECT 1;
