-- cases: what outside agents have asked for over A2A. A task is a case; its context is the conversation it belongs to, and
-- caller is whoever holds the token. Nobody else sees either.
CREATE TABLE outside_task (
  client_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  caller TEXT NOT NULL,
  context TEXT NOT NULL,
  opened_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, case_id)
);
CREATE INDEX outside_task_of ON outside_task (client_id, caller, context);

-- A message as it was sent: the same id with the same content is the same message, and is taken in once.
-- sent_key: digest of id and content. sent_id: the sender's id. case_id, message_id: where it is; '' until it is there.
CREATE TABLE outside_message (
  client_id TEXT NOT NULL,
  caller TEXT NOT NULL,
  sent_key TEXT NOT NULL,
  sent_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, caller, sent_key)
);
CREATE INDEX outside_message_case ON outside_message (client_id, case_id);

-- desk: how a case went from agent to agent. facts: digest of what was known then, so that going round in a circle is seen.
CREATE TABLE agent_handoff (
  client_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  from_agent TEXT NOT NULL,
  to_agent TEXT NOT NULL,
  facts TEXT NOT NULL,
  packet_id TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, case_id, seq)
);
