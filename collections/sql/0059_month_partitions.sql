DROP FUNCTION collections_make_decision_partition(date);
-- reverse
CREATE FUNCTION collections_make_decision_partition(day date) RETURNS void LANGUAGE sql AS $$
    SELECT core_make_month_partition('collections_decision', day)
$$;
