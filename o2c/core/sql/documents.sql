-- What was given out stays as it was.
CREATE FUNCTION core_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: a document that was given out never changes', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER document_stays BEFORE UPDATE ON core_document EXECUTE FUNCTION core_document_stays();
-- reverse
DROP TRIGGER document_stays ON core_document;
DROP FUNCTION core_document_stays();
