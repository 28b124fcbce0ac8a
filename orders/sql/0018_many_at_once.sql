-- What an update has changed is told by EXCEPT and not by a join of its two tables of rows: PostgreSQL plans that once in
-- a connection, for as few rows as the first update had, and then compares each row of a large one with each.
CREATE OR REPLACE FUNCTION orders_delivery_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM orders_deliver(array_agg(l.order_line_id), array_agg(CASE WHEN n.gone THEN l.quantity ELSE -l.quantity END))
        FROM (
            SELECT id, orders_is_gone(state) AS gone FROM new_rows
            EXCEPT SELECT id, orders_is_gone(state) FROM old_rows
        ) n JOIN orders_deliveryline l ON l.delivery_id = n.id;
    RETURN NULL;
END $$;
-- reverse
-- It does what the one before does.
SELECT 1;
