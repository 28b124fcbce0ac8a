-- Whether a legal entity does business on a day: no weekend of its own, no public holiday where it is, no closing day.
-- The same rule as o2c.orders.business_days.Calendar; a test holds the two equal. NULL for an entity that is not there.
CREATE FUNCTION orders_is_business_day(entity bigint, day date) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT extract(isodow FROM orders_is_business_day.day)::int <> ALL (e.weekend)
        AND NOT EXISTS (
            SELECT 1 FROM orders_holiday h WHERE h.country = e.country AND h.subdivision = e.subdivision
                AND h.day = orders_is_business_day.day)
        AND NOT EXISTS (
            SELECT 1 FROM orders_closingday c WHERE c.entity_id = e.id AND c.day = orders_is_business_day.day)
    FROM orders_legalentity e WHERE e.id = orders_is_business_day.entity
$$;

-- The business day on or after a day (further 0), or so many business days further than it. NULL where none is found
-- within two months more than that takes: the entity is closed then.
CREATE FUNCTION orders_business_day(entity bigint, day date, further integer)
    RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT d.day::date
    FROM generate_series(
        orders_business_day.day + least(further, 1), orders_business_day.day + further * 7 + 60, interval '1 day'
    ) AS d (day)
    WHERE orders_is_business_day(orders_business_day.entity, d.day::date)
    ORDER BY d.day OFFSET greatest(further - 1, 0) LIMIT 1
$$;
-- reverse
DROP FUNCTION orders_business_day(bigint, date, integer);
DROP FUNCTION orders_is_business_day(bigint, date);
