-- What was owed at the end of each day, by legal entity, customer, currency and age. Cut by month, so that old months can be moved
-- away whole; nothing has a foreign key to it. `bucket` is the first day late that falls into it: 0 is not due.
CREATE TABLE analytics_agingsnapshot (
    day date NOT NULL,
    entity_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    currency varchar(3) NOT NULL,
    bucket smallint NOT NULL,
    items integer NOT NULL,
    amount numeric(19, 4) NOT NULL,
    credits numeric(19, 4) NOT NULL,
    base_amount numeric(19, 4),
    PRIMARY KEY (day, entity_id, customer_id, currency, bucket)
) PARTITION BY RANGE (day);
CREATE INDEX snapshot_by_customer ON analytics_agingsnapshot (customer_id, day);

-- A due date that changes is kept as it was: what was owed on a day is aged by what was known then.
CREATE FUNCTION analytics_note_due_date() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_duedatechange (item_id, due_on) VALUES (OLD.id, OLD.due_on);
    RETURN NULL;
END $$;
CREATE TRIGGER item_due_date_noted AFTER UPDATE OF due_on ON invoicing_openitem FOR EACH ROW
    WHEN (OLD.due_on IS DISTINCT FROM NEW.due_on) EXECUTE FUNCTION analytics_note_due_date();

-- Since when everything is recorded that anybody will record: who is writing now began later, and stamps what is written with when
-- it began. A row recorded before this time is there for good, and seen by everybody.
CREATE FUNCTION analytics_recorded_before() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT least(now(), min(xact_start)) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND xact_start IS NOT NULL
$$;

-- What was open of what on a day, by what was known on it (`invoicing_balances` has the same rule for all that is recorded by
-- now), from rows that were recorded before a time: however often it is asked, and whatever is recorded later, it is the same.
CREATE FUNCTION analytics_balances_then(as_of date, recorded_before timestamptz)
    RETURNS TABLE (entity_id bigint, customer_id bigint, currency varchar, due_on date, balance numeric)
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH later AS NOT MATERIALIZED (
        SELECT t.id, sum(t.delta) AS delta FROM (
            SELECT a.debit_item_id AS id, a.amount AS delta FROM invoicing_allocation a WHERE a.counts_from > as_of
            UNION ALL
            SELECT a.credit_item_id, -a.amount FROM invoicing_allocation a WHERE a.counts_from > as_of
            UNION ALL
            SELECT a.debit_item_id, a.amount FROM invoicing_allocation a WHERE a.recorded_at >= recorded_before AND a.counts_from <= as_of
            UNION ALL
            SELECT a.credit_item_id, -a.amount FROM invoicing_allocation a
                WHERE a.recorded_at >= recorded_before AND a.counts_from <= as_of
        ) AS t GROUP BY t.id
    ), due AS MATERIALIZED (
        SELECT DISTINCT ON (c.item_id) c.item_id, c.due_on FROM analytics_duedatechange c WHERE c.changed_at >= recorded_before
        ORDER BY c.item_id, c.id
    )
    SELECT b.entity_id, b.customer_id, b.currency, coalesce(d.due_on, b.due_on), b.balance
    FROM (
        SELECT i.id, i.entity_id, i.customer_id, i.currency, i.due_on, coalesce(i.open_amount + l.delta, i.open_amount) AS balance
            FROM invoicing_openitem i LEFT JOIN later l ON l.id = i.id
            WHERE i.open_amount <> 0 AND i.counts_from <= as_of AND i.recorded_at < recorded_before
                AND (l.delta IS NULL OR i.open_amount + l.delta <> 0)
        UNION ALL
        SELECT i.id, i.entity_id, i.customer_id, i.currency, i.due_on, l.delta
            FROM invoicing_openitem i JOIN later l ON l.id = i.id
            WHERE i.open_amount = 0 AND i.counts_from <= as_of AND i.recorded_at < recorded_before AND l.delta <> 0
    ) b LEFT JOIN due d ON d.item_id = b.id
$$;

-- What was open of what on a day, by all that is known by now: what counts from that day but became known later is in it.
CREATE FUNCTION analytics_balances_now(as_of date)
    RETURNS TABLE (entity_id bigint, customer_id bigint, currency varchar, due_on date, balance numeric)
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH later AS NOT MATERIALIZED (
        SELECT t.id, sum(t.delta) AS delta FROM (
            SELECT a.debit_item_id AS id, a.amount AS delta FROM invoicing_allocation a WHERE a.effective_on > as_of
            UNION ALL
            SELECT a.credit_item_id, -a.amount FROM invoicing_allocation a WHERE a.effective_on > as_of
        ) AS t GROUP BY t.id
    )
    SELECT i.entity_id, i.customer_id, i.currency, i.due_on, coalesce(i.open_amount + l.delta, i.open_amount)
        FROM invoicing_openitem i LEFT JOIN later l ON l.id = i.id
        WHERE i.open_amount <> 0 AND i.effective_on <= as_of AND (l.delta IS NULL OR i.open_amount + l.delta <> 0)
    UNION ALL
    SELECT i.entity_id, i.customer_id, i.currency, i.due_on, l.delta
        FROM invoicing_openitem i JOIN later l ON l.id = i.id
        WHERE i.open_amount = 0 AND i.effective_on <= as_of AND l.delta <> 0
$$;
-- reverse
DROP FUNCTION analytics_balances_now(date);
DROP FUNCTION analytics_balances_then(date, timestamptz);
DROP FUNCTION analytics_recorded_before();
DROP TRIGGER item_due_date_noted ON invoicing_openitem;
DROP FUNCTION analytics_note_due_date();
DROP TABLE analytics_agingsnapshot;
