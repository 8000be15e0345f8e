-- govern: who a member is at the identity provider. A subject belongs to one member, for good.
CREATE TABLE member_link (
  client_id TEXT NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  member_id TEXT NOT NULL,
  linked_ms BIGINT NOT NULL,
  seen_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, issuer, subject)
);
CREATE INDEX member_link_member ON member_link (client_id, member_id);

-- A sign-in on its way through the identity provider, as digests: what they are of is in the browser that began.
-- member_id: the provider has said who it is, and the code of the second factor is still missing.
CREATE TABLE signin_begun (
  client_id TEXT NOT NULL,
  state_digest TEXT NOT NULL,
  browser_digest TEXT NOT NULL,
  back_to TEXT NOT NULL,
  member_id TEXT,
  until_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, state_digest)
);

-- Which role a group of the directory gives, and for which client ('house': the installation and all clients).
CREATE TABLE group_role (
  client_id TEXT NOT NULL,
  group_name TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (client_id, group_name, role)
);

-- Where a role comes from: NULL = given by a person, sso = a claim at sign-in, scim = a group of the directory.
ALTER TABLE role_grant ADD COLUMN source TEXT;

-- A member as the directory knows them. user_key: the name in lower case. gone = 1: taken out by the directory.
CREATE TABLE scim_user (
  client_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  user_name TEXT NOT NULL,
  user_key TEXT NOT NULL,
  external_id TEXT,
  attributes TEXT NOT NULL,
  gone BIGINT NOT NULL,
  changed_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, member_id)
);
CREATE UNIQUE INDEX scim_user_key ON scim_user (client_id, user_key);
CREATE INDEX scim_user_external ON scim_user (client_id, external_id);

CREATE TABLE scim_group (
  client_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  external_id TEXT,
  created_ms BIGINT NOT NULL,
  changed_ms BIGINT NOT NULL,
  PRIMARY KEY (client_id, group_id)
);
CREATE UNIQUE INDEX scim_group_key ON scim_group (client_id, name_key);

CREATE TABLE scim_group_member (
  client_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  PRIMARY KEY (client_id, group_id, member_id)
);
CREATE INDEX scim_group_member_of ON scim_group_member (client_id, member_id);
