-- The house: every table of every room. Times are milliseconds since the epoch,
-- JSON is TEXT, ids are TEXT, and every table carries client_id ('house' = the installation itself).

-- clients ------------------------------------------------------------------
CREATE TABLE client (
  client_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  blueprint TEXT NOT NULL,
  release_id TEXT,
  locale TEXT NOT NULL,
  currency TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  created_ms BIGINT NOT NULL
);

CREATE TABLE release (
  client_id TEXT NOT NULL,
  release_id TEXT NOT NULL,
  blueprint TEXT NOT NULL,
  version TEXT NOT NULL,
  digest TEXT NOT NULL,
  bundle TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, release_id)
);

-- govern -------------------------------------------------------------------
CREATE TABLE member (
  client_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  password_hash TEXT,
  skills TEXT NOT NULL,
  languages TEXT NOT NULL,
  licences TEXT NOT NULL,
  state TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, member_id)
);
CREATE UNIQUE INDEX member_email ON member (email);

-- A role of a member for one client; client_id 'house' grants it for the installation and all clients.
CREATE TABLE role_grant (
  client_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  role TEXT NOT NULL,
  granted_by TEXT NOT NULL,
  granted_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, member_id, role)
);
CREATE INDEX role_grant_member ON role_grant (member_id);

CREATE TABLE session (
  client_id TEXT NOT NULL,
  token_digest TEXT PRIMARY KEY,
  member_id TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL
);

-- A service account's token; only the digest is kept, the token is shown once.
CREATE TABLE api_token (
  client_id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  token_digest TEXT NOT NULL,
  name TEXT NOT NULL,
  roles TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT,
  revoked_ms BIGINT,
  PRIMARY KEY (client_id, token_id)
);
CREATE UNIQUE INDEX api_token_digest ON api_token (token_digest);

CREATE TABLE autonomy (
  client_id TEXT NOT NULL,
  intent TEXT NOT NULL,
  action TEXT NOT NULL,
  level TEXT NOT NULL,
  reason TEXT NOT NULL,
  set_by TEXT NOT NULL,
  set_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, intent, action)
);

-- An engaged stop: scope is all | client | intent | agent | action; target names which ('*' for all and client).
CREATE TABLE stop_switch (
  client_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  target TEXT NOT NULL,
  reason TEXT NOT NULL,
  engaged_by TEXT NOT NULL,
  engaged_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, scope, target)
);

-- The customer's explicit yes to exactly one set of arguments.
CREATE TABLE consent (
  client_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  action TEXT NOT NULL,
  args_digest TEXT NOT NULL,
  message_id TEXT NOT NULL,
  given_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, case_id, action, args_digest)
);

CREATE TABLE ledger (
  client_id TEXT NOT NULL,
  entry_id TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  actor_version TEXT,
  on_behalf_of TEXT,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  case_id TEXT,
  run_id TEXT,
  data TEXT NOT NULL,
  leaf_hash TEXT NOT NULL,
  leaf_index BIGINT,
  PRIMARY KEY (client_id, entry_id)
);
CREATE INDEX ledger_case ON ledger (client_id, case_id, entry_id);
CREATE INDEX ledger_kind ON ledger (client_id, kind, entry_id);
CREATE INDEX ledger_actor ON ledger (client_id, actor, entry_id);
CREATE UNIQUE INDEX ledger_leaf ON ledger (client_id, leaf_index);

-- Subtree hashes of the sealed ledger (RFC 9162): level 0 = leaves.
CREATE TABLE ledger_node (
  client_id TEXT NOT NULL,
  level BIGINT NOT NULL,
  position BIGINT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (client_id, level, position)
);

CREATE TABLE ledger_checkpoint (
  client_id TEXT NOT NULL,
  size BIGINT NOT NULL,
  root TEXT NOT NULL,
  note TEXT NOT NULL,
  sealed_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, size)
);

CREATE TABLE setting (
  client_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (client_id, name)
);

-- db -----------------------------------------------------------------------
CREATE TABLE job (
  client_id TEXT NOT NULL,
  job_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  due_ms BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  worker TEXT,
  lease_until_ms BIGINT NOT NULL,
  error TEXT
);
CREATE INDEX job_due ON job (state, due_ms);

-- runs ---------------------------------------------------------------------
-- status: running | waiting | completed | faulted | cancelled | suspended. ready = 1: there is something to do now.
CREATE TABLE run (
  client_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  process TEXT NOT NULL,
  process_digest TEXT NOT NULL,
  release_id TEXT NOT NULL,
  case_id TEXT,
  parent_run_id TEXT,
  parent_call_id TEXT,
  status TEXT NOT NULL,
  ready BIGINT NOT NULL,
  worker TEXT,
  lease_until_ms BIGINT NOT NULL,
  state TEXT NOT NULL,
  output TEXT,
  error TEXT,
  started_ms BIGINT NOT NULL,
  changed_ms BIGINT NOT NULL,
  ended_ms BIGINT,
  PRIMARY KEY (client_id, run_id)
);
CREATE INDEX run_ready ON run (lease_until_ms, changed_ms) WHERE ready = 1;
CREATE INDEX run_case ON run (client_id, case_id);
CREATE INDEX run_parent ON run (client_id, parent_run_id);
CREATE INDEX run_status ON run (client_id, status, run_id);

-- What happened outside and the run has not yet taken in, in order of arrival.
CREATE TABLE run_inbox (
  client_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  inbox_id TEXT NOT NULL,
  input TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, run_id, inbox_id)
);

-- The run's journal: every input it took in, in order. Folding it gives the state.
CREATE TABLE run_journal (
  client_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  input TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, run_id, seq)
);

CREATE TABLE run_trace (
  client_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  task TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  phase TEXT NOT NULL,
  detail TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, run_id, seq)
);

-- An open call of a run. state: requested (an outside call a worker must make) | pending (waits for a person, a message, an event).
CREATE TABLE run_call (
  client_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  call_id TEXT NOT NULL,
  task TEXT NOT NULL,
  function TEXT NOT NULL,
  args TEXT NOT NULL,
  state TEXT NOT NULL,
  wake_on TEXT,
  memo TEXT,
  worker TEXT,
  lease_until_ms BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  opened_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, run_id, call_id)
);
CREATE INDEX run_call_requested ON run_call (lease_until_ms, opened_ms) WHERE state = 'requested';

CREATE TABLE run_timer (
  client_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  call_id TEXT NOT NULL,
  due_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, run_id, call_id)
);
CREATE INDEX run_timer_due ON run_timer (due_ms);

-- An open listen: event type wanted, and the whole filter for the engine to match.
CREATE TABLE run_listen (
  client_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  call_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  filter TEXT NOT NULL,
  PRIMARY KEY (client_id, run_id, call_id, event_type)
);
CREATE INDEX run_listen_type ON run_listen (client_id, event_type);

-- cases --------------------------------------------------------------------
CREATE TABLE customer (
  client_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  name TEXT NOT NULL,
  locale TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, customer_id)
);

CREATE TABLE customer_identity (
  client_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  PRIMARY KEY (client_id, channel, address)
);

-- state: open | waiting_customer | with_person | resolved | closed. actor_* = who has the next step.
CREATE TABLE case_file (
  client_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  customer_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  subject TEXT NOT NULL,
  intent TEXT,
  confidence DOUBLE PRECISION,
  state TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  outcome TEXT,
  outcome_by TEXT,
  fields TEXT NOT NULL,
  identity TEXT,
  language TEXT NOT NULL,
  run_id TEXT,
  release_id TEXT NOT NULL,
  message_count BIGINT NOT NULL,
  opened_ms BIGINT NOT NULL,
  first_reply_ms BIGINT,
  changed_ms BIGINT NOT NULL,
  closed_ms BIGINT,
  due_ms BIGINT,
  external_id TEXT,
  PRIMARY KEY (client_id, case_id)
);
CREATE INDEX case_state ON case_file (client_id, state, changed_ms);
CREATE INDEX case_customer ON case_file (client_id, customer_id);
CREATE UNIQUE INDEX case_external ON case_file (client_id, channel, external_id);

CREATE TABLE message (
  client_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  message_id TEXT NOT NULL,
  author_kind TEXT NOT NULL,
  author TEXT NOT NULL,
  author_version TEXT,
  body TEXT NOT NULL,
  articles TEXT,
  external_id TEXT,
  sent_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, case_id, seq)
);
CREATE UNIQUE INDEX message_external ON message (client_id, case_id, external_id);

-- desk ---------------------------------------------------------------------
-- kind: reply | review | approval | takeover. state: waiting | claimed | done | cancelled | expired.
CREATE TABLE work_item (
  client_id TEXT NOT NULL,
  work_item_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  queue TEXT NOT NULL,
  title TEXT NOT NULL,
  case_id TEXT,
  run_id TEXT,
  call_id TEXT,
  packet_id TEXT,
  form TEXT NOT NULL,
  needs TEXT NOT NULL,
  priority BIGINT NOT NULL,
  state TEXT NOT NULL,
  claimed_by TEXT,
  result TEXT,
  requested_by TEXT NOT NULL,
  opened_ms BIGINT NOT NULL,
  due_ms BIGINT NOT NULL,
  claimed_ms BIGINT,
  ended_ms BIGINT,
  PRIMARY KEY (client_id, work_item_id)
);
CREATE INDEX work_item_queue ON work_item (client_id, state, queue, priority, due_ms);
CREATE INDEX work_item_case ON work_item (client_id, case_id);
CREATE INDEX work_item_mine ON work_item (claimed_by, state);

CREATE TABLE packet (
  client_id TEXT NOT NULL,
  packet_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  trigger_name TEXT NOT NULL,
  completeness DOUBLE PRECISION NOT NULL,
  body TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, packet_id)
);
CREATE INDEX packet_case ON packet (client_id, case_id);

-- tools --------------------------------------------------------------------
-- state: requested | finished | failed | unknown.
CREATE TABLE effect (
  client_id TEXT NOT NULL,
  effect_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  action TEXT NOT NULL,
  action_digest TEXT NOT NULL,
  writes BIGINT NOT NULL,
  args TEXT NOT NULL,
  args_digest TEXT NOT NULL,
  permit TEXT NOT NULL,
  actor TEXT NOT NULL,
  case_id TEXT,
  run_id TEXT,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  result TEXT,
  requested_ms BIGINT NOT NULL,
  finished_ms BIGINT,
  PRIMARY KEY (client_id, effect_id)
);
CREATE UNIQUE INDEX effect_key ON effect (client_id, idempotency_key);
CREATE INDEX effect_case ON effect (client_id, case_id);
CREATE INDEX effect_state ON effect (client_id, state);

-- agents -------------------------------------------------------------------
-- One exchange with a language model, as sent and received.
CREATE TABLE model_exchange (
  client_id TEXT NOT NULL,
  exchange_id TEXT NOT NULL,
  case_id TEXT,
  agent TEXT NOT NULL,
  model TEXT NOT NULL,
  request TEXT NOT NULL,
  reply TEXT NOT NULL,
  tokens_in BIGINT NOT NULL,
  tokens_out BIGINT NOT NULL,
  latency_ms BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, exchange_id)
);
