CREATE TRIGGER task_stamped BEFORE UPDATE ON collections_task FOR EACH ROW EXECUTE FUNCTION core_stamp();
CREATE TRIGGER run_stamped BEFORE UPDATE ON collections_dunningrun FOR EACH ROW EXECUTE FUNCTION core_stamp();
-- reverse
DROP TRIGGER run_stamped ON collections_dunningrun;
DROP TRIGGER task_stamped ON collections_task;
