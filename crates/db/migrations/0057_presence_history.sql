-- desk: where members were, from since_ms on until their next row, for days that are played again. Kept a while. client_id is
-- 'house'. Whoever is there now begins with their last sign of life; what was before is not known.
CREATE TABLE presence_history (
  client_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  since_ms BIGINT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (client_id, member_id, since_ms)
);
CREATE INDEX presence_history_time ON presence_history (client_id, since_ms);
INSERT INTO presence_history (client_id, member_id, since_ms, state)
  SELECT client_id, member_id, seen_ms, state FROM presence WHERE state <> 'off';
