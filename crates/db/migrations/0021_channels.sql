-- cases: by which channel a message came, and by which one answers go; without it, by the case's own.
ALTER TABLE case_file ADD COLUMN reply_by TEXT;

-- cases: answers that a channel has to carry to the customer, owed in the transaction that wrote them.
-- state: waiting | sent | failed | bounced.
CREATE TABLE delivery (
  client_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  due_ms BIGINT NOT NULL,
  worker TEXT,
  lease_until_ms BIGINT NOT NULL,
  error TEXT,
  created_ms BIGINT NOT NULL,
  done_ms BIGINT,
  PRIMARY KEY (client_id, message_id)
);
CREATE INDEX delivery_due ON delivery (state, due_ms);
CREATE INDEX delivery_of_case ON delivery (client_id, case_id, seq);

-- channels: how far a mailbox was read, and who reads it. Only mails that came after since_ms are taken.
CREATE TABLE mailbox (
  client_id TEXT NOT NULL,
  name TEXT NOT NULL,
  uid_validity BIGINT,
  uid_last BIGINT NOT NULL,
  since_ms BIGINT,
  worker TEXT,
  lease_until_ms BIGINT NOT NULL,
  state TEXT NOT NULL,
  error TEXT,
  changed_ms BIGINT NOT NULL,
  received_ms BIGINT,
  PRIMARY KEY (client_id, name)
);

-- channels: mails that came in. fate: case | again | own | auto | bounce | aside. sealed: who wrote, to whom, and the whole text.
CREATE TABLE mail (
  client_id TEXT NOT NULL,
  mail_id TEXT NOT NULL,
  mailbox TEXT NOT NULL,
  uid_validity BIGINT NOT NULL,
  uid BIGINT NOT NULL,
  fate TEXT NOT NULL,
  why TEXT,
  digest TEXT NOT NULL,
  sender_digest TEXT NOT NULL,
  rfc_id TEXT,
  case_id TEXT,
  message_id TEXT,
  sealed TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  received_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, mail_id)
);
CREATE UNIQUE INDEX mail_uid ON mail (client_id, mailbox, uid_validity, uid);
CREATE INDEX mail_digest ON mail (client_id, digest);
CREATE INDEX mail_rfc ON mail (client_id, rfc_id);
CREATE INDEX mail_of_case ON mail (client_id, case_id, mail_id);
CREATE INDEX mail_sender ON mail (client_id, sender_digest, received_ms);

-- channels: files that came with a message. kept = 0: too large or too many, only its name is kept.
CREATE TABLE attachment (
  client_id TEXT NOT NULL,
  attachment_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  name TEXT NOT NULL,
  media TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  kept BIGINT NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (client_id, attachment_id)
);
CREATE INDEX attachment_of_case ON attachment (client_id, case_id, attachment_id);

-- channels: to whom is told what happens at a client. kinds: JSON list such as ["case.*"]. next_leaf: the first entry of the
-- ledger that was not looked at yet. state: on | off.
CREATE TABLE hook (
  client_id TEXT NOT NULL,
  hook_id TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  kinds TEXT NOT NULL,
  state TEXT NOT NULL,
  why TEXT,
  next_leaf BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, hook_id)
);

-- channels: what is told, and what came of it. state: waiting | delivered | dead. body: what is sent, ids and facts as in the ledger.
CREATE TABLE hook_delivery (
  client_id TEXT NOT NULL,
  delivery_id TEXT NOT NULL,
  hook_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  due_ms BIGINT NOT NULL,
  worker TEXT,
  lease_until_ms BIGINT NOT NULL,
  status BIGINT,
  error TEXT,
  created_ms BIGINT NOT NULL,
  done_ms BIGINT,
  PRIMARY KEY (client_id, delivery_id)
);
CREATE INDEX hook_delivery_due ON hook_delivery (state, due_ms);
CREATE INDEX hook_delivery_of ON hook_delivery (client_id, hook_id, created_ms);
