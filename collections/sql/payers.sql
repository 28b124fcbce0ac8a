-- What hangs on a customer follows it to another payer, as its items do. Decisions stay: they are history.
CREATE FUNCTION collections_follow_payer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    target text;
    moved bigint[] := ARRAY(
        SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE n.payer_id IS DISTINCT FROM o.payer_id
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

CREATE TRIGGER notices_follow_payer AFTER UPDATE ON orders_customer
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION collections_follow_payer();
-- reverse
DROP TRIGGER notices_follow_payer ON orders_customer;
DROP FUNCTION collections_follow_payer();
