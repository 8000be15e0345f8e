-- govern: a member's second factor. sealed: the shared secret, encrypted. last_step: the last time step whose code was
-- taken; no code is taken twice. recovery: digests of codes for whoever loses the device, JSON.
CREATE TABLE second_factor (
  client_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  sealed TEXT NOT NULL,
  confirmed_ms BIGINT,
  last_step BIGINT NOT NULL,
  recovery TEXT NOT NULL,
  PRIMARY KEY (client_id, member_id)
);
