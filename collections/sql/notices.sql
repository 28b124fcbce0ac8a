-- A line is written by the statement that reads its item and makes its notice, so nothing checks its keys row by row.
-- What the keys would keep, these keep: items are never deleted (see invoicing), and neither is a notice with lines.
CREATE FUNCTION collections_keep_notices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept bigint;
BEGIN
    SELECT o.id INTO kept FROM old_rows o JOIN collections_noticeline l ON l.notice_id = o.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'notice % has lines and stays', kept USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER notices_with_lines_stay AFTER DELETE ON collections_notice
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION collections_keep_notices();
-- reverse
DROP TRIGGER notices_with_lines_stay ON collections_notice;
DROP FUNCTION collections_keep_notices();
