-- Whether a text, without spaces and in upper case, has the shape and the check digits of an IBAN (ISO 13616).
CREATE FUNCTION invoicing_iban_holds(iban text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN iban !~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$' THEN false ELSE (
        SELECT string_agg(CASE WHEN ascii(c) < 58 THEN c ELSE (ascii(c) - 55)::text END, '' ORDER BY n)::numeric % 97 = 1
        FROM regexp_split_to_table(substr(iban, 5) || left(iban, 4), '') WITH ORDINALITY AS t (c, n)
    ) END
$$;

CREATE TRIGGER quarantine_context AFTER INSERT ON invoicing_quarantine
    FOR EACH STATEMENT EXECUTE FUNCTION core_note_context();
-- reverse
DROP TRIGGER quarantine_context ON invoicing_quarantine;
DROP FUNCTION invoicing_iban_holds(text);
