-- tools: which effect an approval has let through. One approval, one effect, however often it is sent.
CREATE TABLE approval_use (
  client_id TEXT NOT NULL,
  work_item_id TEXT NOT NULL,
  effect_id TEXT NOT NULL,
  used_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, work_item_id)
);
