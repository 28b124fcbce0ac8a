CREATE TRIGGER backtest_stamped BEFORE UPDATE ON collections_backtest FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER backtest_stamped ON collections_backtest;
