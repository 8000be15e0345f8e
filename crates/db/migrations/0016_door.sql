-- tools: which effect an approval has let through. One approval, one effect, however often it is sent.
CREATE TABLE approval_use (
  client_id TEXT NOT NULL,
  work_item_id TEXT NOT NULL,
  effect_id TEXT NOT NULL,
  used_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, work_item_id)
);

-- tools: who finds out what came of an effect of unknown outcome: the work item that asks.
CREATE TABLE effect_review (
  client_id TEXT NOT NULL,
  effect_id TEXT NOT NULL,
  work_item_id TEXT NOT NULL,
  PRIMARY KEY (client_id, effect_id)
);

-- runs: a schedule whose run could not begin is tried again at retry_ms; due_ms stays, and with it the beat.
ALTER TABLE run_schedule ADD COLUMN retry_ms BIGINT;

-- tools: which node renews a sign-in, until when. Another may not meanwhile: a refresh token is good once.
CREATE TABLE sign_in_renewal (
  client_id TEXT NOT NULL,
  setting TEXT NOT NULL,
  until_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, setting)
);
