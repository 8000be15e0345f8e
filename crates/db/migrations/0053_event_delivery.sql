-- runs: events with more listeners than are told in one transaction. An event is here from its acceptance until the last of its
-- listeners was told; those of a client are told of in the order of seq. arms: who listens, as the pairs of type and match_key under
-- which they are found, JSON. Listeners up to after_run were told; those beyond to_run
-- began later. except_run is not told.
-- source and event_id: the row of event_received that counts who was told, if there is one.
CREATE TABLE event_delivery (
  client_id TEXT NOT NULL,
  delivery_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  input TEXT NOT NULL,
  arms TEXT NOT NULL,
  after_run TEXT NOT NULL,
  to_run TEXT NOT NULL,
  except_run TEXT,
  source TEXT,
  event_id TEXT,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, delivery_id)
);
CREATE INDEX event_delivery_order ON event_delivery (client_id, seq, delivery_id);
