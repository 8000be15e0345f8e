-- tools: the calls of a client since a time, for the watch over what begins to fail.
CREATE INDEX effect_requested ON effect (client_id, requested_ms);
