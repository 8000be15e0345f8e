-- cases: what an answer stands on: article, version and section of each source, JSON.
ALTER TABLE message ADD COLUMN sources TEXT;

-- knowledge: questions that no article answers. digest: of the question's words cut to stems, so that other words for the
-- same thing are the same row. question: as it was asked first, without addresses and numbers. reason: no_article | no_fact;
-- detail: the fact. state: open | planned | answered | dismissed.
CREATE TABLE knowledge_gap (
  client_id TEXT NOT NULL,
  gap_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  question TEXT NOT NULL,
  language TEXT NOT NULL,
  intent TEXT,
  reason TEXT NOT NULL,
  detail TEXT,
  asked BIGINT NOT NULL,
  first_ms BIGINT NOT NULL,
  last_ms BIGINT NOT NULL,
  case_id TEXT,
  state TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (client_id, gap_id)
);
CREATE UNIQUE INDEX knowledge_gap_digest ON knowledge_gap (client_id, digest);
CREATE INDEX knowledge_gap_asked ON knowledge_gap (client_id, state, asked);
