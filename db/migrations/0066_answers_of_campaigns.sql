-- Answers about a campaign as they are read (A8): of a campaign the latest first, of a vehicle the last one.

create index work_order_campaigns_campaign_idx on work_order_campaigns (campaign_id, answered_at desc, id desc);
create index work_order_campaigns_station_idx
  on work_order_campaigns (campaign_id, station_id, answered_at desc, id desc);
create index work_order_campaigns_vehicle_idx on work_order_campaigns (campaign_vehicle_id, answered_at desc, id desc);
