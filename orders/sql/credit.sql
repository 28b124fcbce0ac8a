CREATE TRIGGER credit_policy_stamped BEFORE UPDATE ON orders_creditpolicy FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER credit_limit_stamped BEFORE UPDATE ON orders_creditlimit FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER credit_decision_stamped BEFORE UPDATE ON orders_creditdecision FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER credit_review_stamped BEFORE UPDATE ON orders_creditreview FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
-- One limit of an account on a day.
ALTER TABLE orders_creditlimit ADD CONSTRAINT credit_limit_one_at_a_time EXCLUDE USING gist (
    account_id WITH =, daterange(valid_from, valid_until + 1) WITH &&
);
-- The limits that stand count from today on.
INSERT INTO orders_creditlimit (account_id, entity_id, customer_id, amount, currency, valid_from, reason, decided_by)
    SELECT a.id, a.entity_id, a.customer_id, a.credit_limit, a.currency, (now() AT TIME ZONE e.time_zone)::date, 'It stood so before.', 'system'
    FROM orders_account a JOIN orders_legalentity e ON e.id = a.entity_id WHERE a.credit_limit IS NOT NULL ORDER BY a.id;
-- reverse
ALTER TABLE orders_creditlimit DROP CONSTRAINT credit_limit_one_at_a_time;
DROP TRIGGER credit_review_stamped ON orders_creditreview;
DROP TRIGGER credit_decision_stamped ON orders_creditdecision;
DROP TRIGGER credit_limit_stamped ON orders_creditlimit;
DROP TRIGGER credit_policy_stamped ON orders_creditpolicy;
