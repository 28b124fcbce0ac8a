-- The context of the present act, as its id; the row of the context is written by the trigger below.
CREATE FUNCTION core_context() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('pghistory.context_id', true), '')::uuid
$$;
-- reverse
DROP FUNCTION core_context();
