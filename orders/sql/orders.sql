CREATE TRIGGER order_stamped BEFORE UPDATE ON orders_order FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER order_line_stamped BEFORE UPDATE ON orders_orderline FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER order_problem_stamped BEFORE UPDATE ON orders_orderproblem FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER order_problem_stamped ON orders_orderproblem;
DROP TRIGGER order_line_stamped ON orders_orderline;
DROP TRIGGER order_stamped ON orders_order;
