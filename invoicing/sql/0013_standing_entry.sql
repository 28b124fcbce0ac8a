-- The entry that stands for another one today: itself, or, where its reversal was reversed, that one. A reversal that is
-- taken back leaves the item as it was, so that it may be reversed again; each entry is still reversed once at most.
CREATE FUNCTION invoicing_standing_entry(entry bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    stands bigint := entry;
    again bigint;
BEGIN
    LOOP
        SELECT back.id INTO again FROM invoicing_entry undone JOIN invoicing_entry back ON back.reverses_id = undone.id
            WHERE undone.reverses_id = stands;
        IF again IS NULL THEN
            RETURN stands;
        END IF;
        stands := again;
    END LOOP;
END $$;
-- reverse
DROP FUNCTION invoicing_standing_entry(bigint);
