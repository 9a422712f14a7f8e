-- Calls on the use of a vehicle, again and again until the customer is at home in it (FUP-15), are an occasion of their own.
alter table follow_ups drop constraint follow_ups_occasion_check;
alter table follow_ups add constraint follow_ups_occasion_check
  check (occasion in ('delivery', 'consultation', 'visit', 'nextService', 'productUse')) not valid;
alter table follow_ups validate constraint follow_ups_occasion_check;
