-- Whether a payer is chased by the challenger of a trial: a number below 2^24 that hangs on the trial's salt and the payer
-- alone, as evenly spread as SHA-256 is, lies in the first `share` hundredths.
CREATE FUNCTION dunning_challenged(salt text, payer bigint, share integer)
    RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT ('x' || left(encode(sha256(convert_to(salt || ':' || payer::text, 'UTF8')), 'hex'), 6))::bit(24)::integer
           * 100::bigint < share * 16777216::bigint
$$;

-- One champion is tried once at a time; a trial that was ended before it began never was.
ALTER TABLE collections_trial ADD CONSTRAINT trial_one_at_a_time EXCLUDE USING gist (
    entity_id WITH =, champion WITH =, daterange(first_on, least(until + 1, ended_on), '[)') WITH &&
);
CREATE TRIGGER trial_stamped BEFORE UPDATE ON collections_trial FOR EACH ROW EXECUTE FUNCTION core_stamp();
ALTER TABLE collections_decision ADD COLUMN trial_id bigint;
-- reverse
ALTER TABLE collections_decision DROP COLUMN trial_id;
DROP TRIGGER trial_stamped ON collections_trial;
ALTER TABLE collections_trial DROP CONSTRAINT trial_one_at_a_time;
DROP FUNCTION dunning_challenged(text, bigint, integer);
