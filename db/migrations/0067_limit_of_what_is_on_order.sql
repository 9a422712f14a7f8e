-- What is on order has the limit of what lies there: a sum beyond an integer would end in an error that says nothing. Rows of
-- before are looked at when they move.
alter table stock_levels add constraint stock_levels_on_order_limit check (on_order <= 1000000000) not valid;
