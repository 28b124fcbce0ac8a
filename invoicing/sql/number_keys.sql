-- What a payer's text is compared with. Figures only, as they survive copying by hand best; without leading zeros, which
-- get lost; and without the number of an instalment behind the invoice's, which nobody writes.
CREATE FUNCTION invoicing_number_key(number text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT right(ltrim(regexp_replace(regexp_replace(number, '(\d{5})/\d{1,2}$', '\1'), '\D', '', 'g'), '0'), 18)
$$;
CREATE FUNCTION invoicing_number_tail(number text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT right(ltrim(substring(regexp_replace(number, '(\d{5})/\d{1,2}$', '\1') from '(\d+)\D*$'), '0'), 18)
$$;
-- reverse
DROP FUNCTION invoicing_number_tail(text);
DROP FUNCTION invoicing_number_key(text);
