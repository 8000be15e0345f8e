-- cases: a customer whose data must stay, whatever is asked for, until the hold is lifted.
CREATE TABLE customer_hold (
  client_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  held_by TEXT NOT NULL,
  held_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, customer_id)
);
