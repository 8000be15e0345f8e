-- cases: two customers whom a person has found to be one. into_id: the customer that they are now; linked_to: the one to
-- whom the person linked them, which is another where that one was linked on afterwards.
CREATE TABLE customer_link (
  client_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  into_id TEXT NOT NULL,
  linked_to TEXT NOT NULL,
  reason TEXT NOT NULL,
  linked_by TEXT NOT NULL,
  linked_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, customer_id)
);
CREATE INDEX customer_link_into ON customer_link (client_id, into_id);

-- cases: whose it is when nobody is linked; without it, the customer that stands beside it.
ALTER TABLE customer_identity ADD COLUMN came_as TEXT;
ALTER TABLE case_file ADD COLUMN came_as TEXT;
ALTER TABLE message ADD COLUMN came_as TEXT;
CREATE INDEX message_of_customer ON message (client_id, author) WHERE author_kind = 'customer';
CREATE INDEX customer_identity_of ON customer_identity (client_id, customer_id);

-- cases: to which of the customer's addresses answers go, by its digest; without it, to the one that wrote last.
ALTER TABLE case_file ADD COLUMN reply_to TEXT;

-- cases: by what customers of different channels look the same. digest: of what was said or found, which stands in the case alone.
-- kind: email | phone | number | account. verified: a system of record has said so, not only the customer.
CREATE TABLE customer_trait (
  client_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  case_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  verified BIGINT NOT NULL,
  PRIMARY KEY (client_id, digest, case_id)
);
CREATE INDEX customer_trait_case ON customer_trait (client_id, case_id);

-- channels: files that somebody uploads before they are sent. message_id = '': not sent yet. owner: a digest of who uploaded it.
ALTER TABLE attachment ADD COLUMN owner TEXT;
ALTER TABLE attachment ADD COLUMN kept_ms BIGINT;
CREATE INDEX attachment_of_message ON attachment (client_id, message_id, attachment_id);
CREATE INDEX attachment_of_owner ON attachment (client_id, owner, kept_ms);

-- cases: answers that went out in one mail name the first of them.
ALTER TABLE delivery ADD COLUMN carried_with TEXT;
CREATE INDEX delivery_carried_with ON delivery (client_id, carried_with);
