CREATE TRIGGER product_stamped BEFORE UPDATE ON orders_product FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER price_list_stamped BEFORE UPDATE ON orders_pricelist FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER price_choice_stamped BEFORE UPDATE ON orders_pricelistchoice FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER list_price_stamped BEFORE UPDATE ON orders_listprice FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER contract_stamped BEFORE UPDATE ON orders_contract FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();
CREATE TRIGGER contract_price_stamped BEFORE UPDATE ON orders_contractprice FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_stamp();

-- A contract is one of an account that there is. Ended before it began, it ran on no day.
ALTER TABLE orders_contract
    ADD CONSTRAINT contract_of_account FOREIGN KEY (customer_id, entity_id)
        REFERENCES orders_account (customer_id, entity_id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT contract_days CHECK (ends_on >= begins_on - CASE WHEN state = 'ended' THEN 1 ELSE 0 END),
    ADD CONSTRAINT contract_renewed_has_end CHECK (state <> 'renewed' OR ends_on IS NOT NULL);
ALTER TABLE orders_pricelistchoice
    ADD CONSTRAINT price_choice_of_account FOREIGN KEY (customer_id, entity_id)
        REFERENCES orders_account (customer_id, entity_id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT price_choice_one_at_a_time EXCLUDE USING gist (
        entity_id WITH =, customer_id WITH =, daterange(valid_from, valid_until + 1) WITH &&
    );

-- One price for a product and quantity on a day.
ALTER TABLE orders_listprice ADD CONSTRAINT list_price_one_at_a_time EXCLUDE USING gist (
    price_list_id WITH =, product_id WITH =, from_quantity WITH =, daterange(valid_from, valid_until + 1) WITH &&
);
ALTER TABLE orders_contractprice ADD CONSTRAINT contract_price_one_at_a_time EXCLUDE USING gist (
    contract_id WITH =, product_id WITH =, from_quantity WITH =, daterange(valid_from, valid_until + 1) WITH &&
);
-- One contract that says what a product costs a customer on a day. A draft binds on none (NULL), so it may stand beside.
ALTER TABLE orders_contractprice ADD CONSTRAINT contract_price_of_one_contract EXCLUDE USING gist (
    entity_id WITH =, customer_id WITH =, product_id WITH =, contract_id WITH <>, binds WITH &&
);

CREATE FUNCTION orders_contract_price_binds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreed orders_contract;
BEGIN
    -- whoever activates or ends it at this moment waits, or is waited for
    SELECT * INTO agreed FROM orders_contract c WHERE c.id = NEW.contract_id FOR SHARE;
    NEW.entity_id := agreed.entity_id;
    NEW.customer_id := agreed.customer_id;
    NEW.binds := CASE WHEN agreed.state <> 'draft' THEN
        daterange(agreed.begins_on, agreed.ends_on + 1) * daterange(NEW.valid_from, NEW.valid_until + 1) END;
    RETURN NEW;
END $$;
CREATE TRIGGER contract_price_binds BEFORE INSERT OR UPDATE ON orders_contractprice
    FOR EACH ROW EXECUTE FUNCTION orders_contract_price_binds();

CREATE FUNCTION orders_contract_rebinds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders_contractprice SET binds = binds WHERE contract_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER contract_rebinds AFTER UPDATE ON orders_contract FOR EACH ROW
    WHEN ((OLD.state, OLD.begins_on, OLD.ends_on) IS DISTINCT FROM (NEW.state, NEW.begins_on, NEW.ends_on))
    EXECUTE FUNCTION orders_contract_rebinds();

-- What an order was priced by is not rewritten: a price only ends, and another one follows.
CREATE FUNCTION orders_price_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A price is not rewritten: end it, and let another one follow' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER list_price_stays BEFORE UPDATE ON orders_listprice FOR EACH ROW
    WHEN ((OLD.price_list_id, OLD.product_id, OLD.from_quantity, OLD.price, OLD.price_per, OLD.valid_from)
        IS DISTINCT FROM
        (NEW.price_list_id, NEW.product_id, NEW.from_quantity, NEW.price, NEW.price_per, NEW.valid_from))
    EXECUTE FUNCTION orders_price_stays();
CREATE TRIGGER contract_price_stays BEFORE UPDATE ON orders_contractprice FOR EACH ROW
    WHEN ((OLD.contract_id, OLD.product_id, OLD.from_quantity, OLD.price, OLD.price_per, OLD.valid_from)
        IS DISTINCT FROM
        (NEW.contract_id, NEW.product_id, NEW.from_quantity, NEW.price, NEW.price_per, NEW.valid_from))
    EXECUTE FUNCTION orders_price_stays();
-- reverse
DROP TRIGGER contract_price_stays ON orders_contractprice;
DROP TRIGGER list_price_stays ON orders_listprice;
DROP FUNCTION orders_price_stays();
DROP TRIGGER contract_rebinds ON orders_contract;
DROP FUNCTION orders_contract_rebinds();
DROP TRIGGER contract_price_binds ON orders_contractprice;
DROP FUNCTION orders_contract_price_binds();
ALTER TABLE orders_contractprice DROP CONSTRAINT contract_price_of_one_contract;
ALTER TABLE orders_contractprice DROP CONSTRAINT contract_price_one_at_a_time;
ALTER TABLE orders_listprice DROP CONSTRAINT list_price_one_at_a_time;
ALTER TABLE orders_pricelistchoice DROP CONSTRAINT price_choice_one_at_a_time, DROP CONSTRAINT price_choice_of_account;
ALTER TABLE orders_contract DROP CONSTRAINT contract_renewed_has_end, DROP CONSTRAINT contract_days,
    DROP CONSTRAINT contract_of_account;
DROP TRIGGER contract_price_stamped ON orders_contractprice;
DROP TRIGGER contract_stamped ON orders_contract;
DROP TRIGGER list_price_stamped ON orders_listprice;
DROP TRIGGER price_choice_stamped ON orders_pricelistchoice;
DROP TRIGGER price_list_stamped ON orders_pricelist;
DROP TRIGGER product_stamped ON orders_product;
