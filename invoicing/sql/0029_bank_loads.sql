-- A line's money goes over to the single payments of its batch, or comes to them, whole and once: what is open follows.
CREATE FUNCTION invoicing_line_money_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.is_money AND OLD.open_amount <> OLD.amount THEN
        RAISE EXCEPTION 'the money of bank line % is used already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    NEW.open_amount := CASE WHEN NEW.is_money THEN NEW.amount ELSE 0 END;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_line_money_moves BEFORE UPDATE OF is_money ON invoicing_bankline
    FOR EACH ROW WHEN (OLD.is_money IS DISTINCT FROM NEW.is_money) EXECUTE FUNCTION invoicing_line_money_moves();
-- reverse
DROP TRIGGER bank_line_money_moves ON invoicing_bankline;
DROP FUNCTION invoicing_line_money_moves();
