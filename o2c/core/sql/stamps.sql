-- A row that changes says when. clock_timestamp is never before the statement, so it is never before what a reader of
-- changes took for settled.
CREATE FUNCTION core_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;
-- reverse
DROP FUNCTION core_stamp();
