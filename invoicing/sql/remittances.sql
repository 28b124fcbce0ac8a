CREATE TRIGGER remittance_advice_stamped BEFORE UPDATE ON invoicing_remittanceadvice
    FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- What references are compared by: a bank changes case, leaves signs out and zeros before the number.
CREATE FUNCTION invoicing_reference_key(reference text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ltrim(upper(regexp_replace(reference, '[^A-Za-z0-9]', '', 'g')), '0')
$$;
-- reverse
DROP FUNCTION invoicing_reference_key(text);
DROP TRIGGER remittance_advice_stamped ON invoicing_remittanceadvice;
