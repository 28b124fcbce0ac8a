-- Asked at every request of a program: functions keep the plans of their statements for the session.
-- The keys, seldom more than one, that have a secret with this beginning which is good at this moment.
CREATE FUNCTION core_keys_with(beginning varchar, moment timestamptz)
    RETURNS TABLE (secret_id bigint, digest varchar, last_used_at timestamptz, key_id bigint, name varchar, scopes varchar[],
                   all_entities boolean, requests_a_minute integer, entity_ids bigint[])
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT s.id, s.digest, s.last_used_at, k.id, k.name, k.scopes, k.all_entities, k.requests_a_minute,
            k.entity_ids
        FROM core_apisecret s JOIN core_apikey k ON k.id = s.key_id
        WHERE s.prefix = beginning AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > moment)
            AND (s.expires_at IS NULL OR s.expires_at > moment);
END $$;
-- reverse
DROP FUNCTION core_keys_with(varchar, timestamptz);
