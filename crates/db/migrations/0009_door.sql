-- govern: what a token is for. audience: api | mcp; a token of the one opens nothing of the other.
-- agent: the AI agent that acts when the token is used, else the service account itself.
ALTER TABLE api_token ADD COLUMN audience TEXT NOT NULL DEFAULT 'api';
ALTER TABLE api_token ADD COLUMN agent TEXT;

-- tools: calls of outside clients that wait for a person's yes, so that whoever sends the same call again, or asks for
-- it by the work item, finds the one approval. args is null where the action withholds some of them: then the call goes
-- on only when whoever made it sends it again.
CREATE TABLE waiting_call (
  client_id TEXT NOT NULL,
  work_item_id TEXT NOT NULL,
  call_key TEXT NOT NULL,
  caller TEXT NOT NULL,
  via TEXT NOT NULL,
  agent TEXT,
  action TEXT NOT NULL,
  args TEXT,
  case_id TEXT,
  step_key TEXT NOT NULL,
  release_id TEXT NOT NULL,
  role TEXT NOT NULL,
  reason TEXT NOT NULL,
  asked_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, work_item_id)
);
CREATE UNIQUE INDEX waiting_call_key ON waiting_call (client_id, call_key);

-- What was spent in one window of a limit. scope: client | agent:NAME | action:NAME.
CREATE TABLE spend (
  client_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  window_ms BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (client_id, scope, window_ms)
);

-- When an actor last read text from outside in a case: what it writes after that needs a person's or the customer's yes.
CREATE TABLE taint (
  client_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  effect_id TEXT NOT NULL,
  since_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, case_id, actor)
);
