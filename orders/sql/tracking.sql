CREATE TRIGGER tracking_event_stamped BEFORE UPDATE ON orders_trackingevent FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();

-- The day that a carrier says something arrived, where it was sent from; NULL as long as it has not, or came back after
-- that. What is told too early or too late of a number is about another delivery (`o2c.orders.models.tracking`).
CREATE FUNCTION orders_arrived_at(carrier bigint, tracking varchar, written timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN coalesce(max(e.at) FILTER (WHERE e.kind = 'returned'), '-infinity')
                < max(e.at) FILTER (WHERE e.kind = 'delivered')
            THEN max(e.at) FILTER (WHERE e.kind = 'delivered') END
        FROM orders_trackingevent e
        WHERE e.carrier_id = carrier AND e.tracking_number = tracking AND tracking <> ''
            AND e.came_at BETWEEN written - interval '30 days' AND written + interval '365 days'
$$;
-- reverse
DROP FUNCTION orders_arrived_at(bigint, varchar, timestamptz);
DROP TRIGGER tracking_event_stamped ON orders_trackingevent;
