-- Units of the currency for one euro on the day, or on the last day before that has one; NULL if none has. The same
-- rule as o2c.invoicing.ledger.rate; a test holds the two equal.
CREATE FUNCTION invoicing_rate(wanted text, day date) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN wanted = 'EUR' THEN 1::numeric ELSE (
        SELECT r.rate FROM invoicing_exchangerate r WHERE r.currency = wanted AND r."on" <= day
        ORDER BY r."on" DESC LIMIT 1
    ) END
$$;

-- An amount of one currency in another at the rates of the day, rounded half away from zero to its minor unit; NULL
-- where a rate is missing. The same rule as o2c.invoicing.ledger.in_base.
CREATE FUNCTION invoicing_in_base(amount numeric, currency text, base text, day date)
    RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN currency = base THEN amount ELSE
        round(amount * invoicing_rate(base, day) / invoicing_rate(currency, day), core_minor_unit(base)) END
$$;
-- reverse
DROP FUNCTION invoicing_in_base(numeric, text, text, date);
DROP FUNCTION invoicing_rate(text, date);
