-- agents: what an agent made of one customer message, and whether a trigger passed the case on. Escalations are replayed
-- from it, and thresholds calibrated. signals: names, parted by spaces. turns: messages of the goal, with this one.
-- asked: times the same was asked before, where this message did not answer it.
CREATE TABLE reading (
  client_id TEXT NOT NULL,
  reading_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  message_id TEXT,
  agent TEXT NOT NULL,
  goal TEXT NOT NULL,
  intent TEXT,
  confidence DOUBLE PRECISION,
  threshold DOUBLE PRECISION NOT NULL,
  signals TEXT NOT NULL,
  turns BIGINT NOT NULL,
  asked BIGINT NOT NULL,
  trigger_name TEXT,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, reading_id)
);
CREATE INDEX reading_since ON reading (client_id, at_ms);
CREATE INDEX reading_case ON reading (client_id, case_id);
