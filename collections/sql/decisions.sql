-- The decision ledger: one row for every overdue item a run looked at, in its cycle of that day. Cut by month, so that old months can be
-- moved away whole; nothing has a foreign key to it.
CREATE TABLE collections_decision (
    as_of date NOT NULL,
    run_id bigint NOT NULL,
    item_id bigint NOT NULL,
    scenario_id bigint,
    entity_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    payer_id bigint NOT NULL,
    policy_id bigint,
    currency varchar(3) NOT NULL,
    balance numeric(19, 4) NOT NULL,
    days_late integer NOT NULL,
    last_level smallint NOT NULL,
    level smallint,
    reason varchar(20) NOT NULL,
    cycle smallint NOT NULL DEFAULT 1,
    PRIMARY KEY (as_of, run_id, item_id)
) PARTITION BY RANGE (as_of);
CREATE INDEX decision_by_item ON collections_decision (item_id, as_of);

-- Makes the month's partition if it is not there. It is made apart and then attached, which lets others go on writing to
-- the other months. Whoever waited for another to make it looks in the catalogue's table: the name look-ups of a session
-- still say what was true before it waited.
CREATE FUNCTION collections_make_decision_partition(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month date := date_trunc('month', day);
    name text := 'collections_decision_' || to_char(day, 'YYYYMM');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(name));
    IF EXISTS (SELECT 1 FROM pg_class WHERE relname = name AND relnamespace = current_schema()::regnamespace) THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE collections_decision INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    EXECUTE format('ALTER TABLE collections_decision ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   name, month, month + interval '1 month');
END $$;
-- reverse
DROP FUNCTION collections_make_decision_partition(date);
DROP TABLE collections_decision;
