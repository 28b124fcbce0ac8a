-- Asked at every act of many: functions keep the plans of their statements for the session.
CREATE FUNCTION core_emit(event_kind varchar, event_payload jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO core_outboxevent (kind, payload, attempts, last_error) VALUES (event_kind, event_payload, 0, '');
END $$;
-- reverse
DROP FUNCTION core_emit(varchar, jsonb);
