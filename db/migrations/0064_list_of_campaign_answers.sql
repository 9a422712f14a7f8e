-- no-transaction
-- What was answered about a campaign, the latest first: why vehicles were put off (A8).
create index concurrently if not exists work_order_campaigns_campaign_idx
  on work_order_campaigns (campaign_id, answered_at desc, id desc);
