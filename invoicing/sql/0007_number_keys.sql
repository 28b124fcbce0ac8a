-- The figures of a number without regular expressions, each of which takes as long as all the rest of writing a key: every
-- change of an item writes its keys anew. What is not ASCII, or has the number of an instalment behind it, is read as
-- before, so that each number keeps the key that stands in the indexes. Not STRICT, as only then a CASE is worked into the
-- statement that calls it; NULL is none of ASCII's and gives NULL below.
CREATE OR REPLACE FUNCTION invoicing_number_key(number text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(number) = length(number) AND strpos(number, '/') = 0
        THEN right(ltrim(translate(number, translate(number, '0123456789', ''), ''), '0'), 18)
        ELSE right(ltrim(regexp_replace(regexp_replace(number, '(\d{5})/\d{1,2}$', '\1'), '\D', '', 'g'), '0'), 18)
    END
$$;
CREATE OR REPLACE FUNCTION invoicing_number_tail(number text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(number) = length(number) AND strpos(number, '/') = 0
        THEN CASE WHEN length(translate(number, '0123456789', '')) < length(number) THEN right(ltrim(split_part(rtrim(
            translate(number, translate(number, '0123456789', ''), repeat(' ', length(number)))), ' ', -1), '0'), 18)
        END
        ELSE right(ltrim(substring(regexp_replace(number, '(\d{5})/\d{1,2}$', '\1') from '(\d+)\D*$'), '0'), 18)
    END
$$;
-- reverse
CREATE OR REPLACE FUNCTION invoicing_number_tail(number text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT right(ltrim(substring(regexp_replace(number, '(\d{5})/\d{1,2}$', '\1') from '(\d+)\D*$'), '0'), 18)
$$;
CREATE OR REPLACE FUNCTION invoicing_number_key(number text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT right(ltrim(regexp_replace(regexp_replace(number, '(\d{5})/\d{1,2}$', '\1'), '\D', '', 'g'), '0'), 18)
$$;
