-- desk: who listens in on a live conversation of somebody else's. since_ms: since when, which the ledger says too. seen_ms: when they
-- last read it; whoever comes back much later listens in anew.
CREATE TABLE listening (
  client_id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  since_ms BIGINT NOT NULL,
  seen_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, case_id, member_id)
);

-- cases: upset: whether what the customer wrote last sounds angry: 1 or 0; nothing where that was not asked.
ALTER TABLE case_file ADD COLUMN upset BIGINT;
