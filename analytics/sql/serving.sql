CREATE TRIGGER cost_rate_stamped BEFORE UPDATE ON analytics_costrate FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER work_record_stamped BEFORE UPDATE ON analytics_workrecord FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
-- Work is done for an account that there is.
ALTER TABLE analytics_workrecord ADD CONSTRAINT work_record_of_account FOREIGN KEY (customer_id, entity_id)
    REFERENCES orders_account (customer_id, entity_id) DEFERRABLE INITIALLY DEFERRED;
-- reverse
ALTER TABLE analytics_workrecord DROP CONSTRAINT work_record_of_account;
DROP TRIGGER work_record_stamped ON analytics_workrecord;
DROP TRIGGER cost_rate_stamped ON analytics_costrate;
