-- tools: calls from outside whose words are still kept, so that each round of forgetting looks at these alone.
CREATE INDEX waiting_call_words ON waiting_call (client_id, expires_ms) WHERE args IS NOT NULL OR reason <> '';

-- cases: the sender's id of one message, without a look at all that its task was ever sent.
DROP INDEX outside_message_case;
CREATE INDEX outside_message_case ON outside_message (client_id, case_id, message_id);
