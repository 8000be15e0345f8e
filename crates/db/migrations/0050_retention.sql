-- channels: mails and files of which more than that they came is still here, by when they came: few of many, looked at in every round of
-- retention.
CREATE INDEX mail_whole ON mail (client_id, received_ms, mail_id) WHERE sender_digest <> '';
CREATE INDEX attachment_whole ON attachment (client_id, attachment_id) WHERE kept <> 0;

-- cases: messages that say others again in a case that was split off.
CREATE INDEX message_copy ON message (client_id, copy_of) WHERE copy_of IS NOT NULL;
