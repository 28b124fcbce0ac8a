CREATE TRIGGER carrier_stamped BEFORE UPDATE ON orders_carrier FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER delivery_stamped BEFORE UPDATE ON orders_delivery FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();

-- Whether the goods of a delivery have left the house.
CREATE FUNCTION orders_is_gone(state varchar) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT state IN ('shipped', 'delivered', 'proved')
$$;

-- What was delivered of the lines of orders is changed by the difference, once they are locked in the order of their
-- ids, so that writers neither deadlock nor overwrite.
CREATE FUNCTION orders_deliver(lines bigint[], deltas numeric[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(lines) IS NULL OR cardinality(lines) = 0 THEN
        RETURN;
    END IF;
    PERFORM 1 FROM orders_orderline WHERE id = ANY (lines) ORDER BY id FOR NO KEY UPDATE;
    UPDATE orders_orderline l SET delivered = l.delivered + t.delta
        FROM (SELECT id, sum(delta) AS delta FROM unnest(lines, deltas) AS d (id, delta) GROUP BY id
              HAVING sum(delta) <> 0) AS t
        WHERE t.id = l.id;
END $$;

CREATE FUNCTION orders_delivery_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM orders_deliver(array_agg(l.order_line_id), array_agg(CASE WHEN orders_is_gone(n.state) THEN l.quantity
            ELSE -l.quantity END))
        FROM new_rows n JOIN old_rows o ON o.id = n.id JOIN orders_deliveryline l ON l.delivery_id = n.id
        WHERE orders_is_gone(n.state) <> orders_is_gone(o.state);
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_moves AFTER UPDATE ON orders_delivery
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION orders_delivery_moved();

-- Whoever ships or cancels the delivery at this moment waits, or is waited for.
CREATE FUNCTION orders_delivery_lines_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM orders_delivery WHERE id IN (SELECT delivery_id FROM rows) ORDER BY id FOR SHARE;
    PERFORM orders_deliver(array_agg(r.order_line_id), array_agg(CASE TG_OP WHEN 'INSERT' THEN r.quantity
            ELSE -r.quantity END))
        FROM rows r JOIN orders_delivery d ON d.id = r.delivery_id WHERE orders_is_gone(d.state);
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_lines_added AFTER INSERT ON orders_deliveryline
    REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION orders_delivery_lines_written();

-- What has left the house is not rewritten, nor thrown away: it is cancelled.
CREATE FUNCTION orders_delivery_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM orders_delivery d WHERE d.id = OLD.delivery_id AND d.state <> 'planned') THEN
        RAISE EXCEPTION 'A delivery that has left the house is not rewritten' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER delivery_line_stays BEFORE UPDATE OF delivery_id, order_line_id, quantity OR DELETE
    ON orders_deliveryline FOR EACH ROW EXECUTE FUNCTION orders_delivery_line_stays();
-- reverse
DROP TRIGGER delivery_line_stays ON orders_deliveryline;
DROP FUNCTION orders_delivery_line_stays();
DROP TRIGGER delivery_lines_added ON orders_deliveryline;
DROP FUNCTION orders_delivery_lines_written();
DROP TRIGGER delivery_moves ON orders_delivery;
DROP FUNCTION orders_delivery_moved();
DROP FUNCTION orders_deliver(bigint[], numeric[]);
DROP FUNCTION orders_is_gone(varchar);
DROP TRIGGER delivery_stamped ON orders_delivery;
DROP TRIGGER carrier_stamped ON orders_carrier;
