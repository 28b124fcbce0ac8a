-- A refund is let go of by somebody who asked neither for it nor for its release, and is not paid while it is held.
CREATE FUNCTION invoicing_refund_released_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoicing_refund r WHERE r.id = NEW.refund_id AND r.asked_by_id = NEW.decided_by_id) THEN
        RAISE EXCEPTION 'whoever asked for refund % does not release it', NEW.refund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quarantine_released_by_a_second';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quarantine_released_by_another BEFORE INSERT OR UPDATE ON invoicing_quarantine FOR EACH ROW
    WHEN (NEW.state = 'released' AND NEW.refund_id IS NOT NULL)
    EXECUTE FUNCTION invoicing_refund_released_by_another();

CREATE FUNCTION invoicing_refund_not_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoicing_quarantine q WHERE q.refund_id = NEW.id AND q.state <> 'released') THEN
        RAISE EXCEPTION 'refund % is held', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_not_held';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_not_held BEFORE UPDATE OF state ON invoicing_refund FOR EACH ROW
    WHEN (NEW.state IN ('approved', 'exported', 'paid') AND NEW.state <> OLD.state)
    EXECUTE FUNCTION invoicing_refund_not_held();

-- Which customer's, line's or refund's money was held stays said.
CREATE TRIGGER quarantine_stays BEFORE UPDATE OF id, entity_id, line_id, refund_id, customer_id ON invoicing_quarantine
    FOR EACH ROW WHEN ((OLD.id, OLD.entity_id, OLD.line_id, OLD.refund_id, OLD.customer_id)
        IS DISTINCT FROM (NEW.id, NEW.entity_id, NEW.line_id, NEW.refund_id, NEW.customer_id))
    EXECUTE FUNCTION invoicing_refuse_change();
-- reverse
DROP TRIGGER quarantine_stays ON invoicing_quarantine;
DROP TRIGGER refund_not_held ON invoicing_refund;
DROP FUNCTION invoicing_refund_not_held();
DROP TRIGGER quarantine_released_by_another ON invoicing_quarantine;
DROP FUNCTION invoicing_refund_released_by_another();
