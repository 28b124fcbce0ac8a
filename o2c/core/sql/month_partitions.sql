-- Makes a month's partition of a table if it is not there. It is made apart and then attached, which lets others go on writing to the
-- other months. Whoever waited for another to make it looks in the catalogue's table: the name look-ups of a session still say what
-- was true before it waited.
CREATE FUNCTION core_make_month_partition(parent text, day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month date := date_trunc('month', day);
    name text := parent || '_' || to_char(day, 'YYYYMM');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(name));
    IF EXISTS (SELECT 1 FROM pg_class WHERE relname = name AND relnamespace = current_schema()::regnamespace) THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   parent, name, month, month + interval '1 month');
END $$;
-- reverse
DROP FUNCTION core_make_month_partition(text, date);
