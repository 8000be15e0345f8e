//! The tests of `baton-server` as one program, linked once; a new file is named here.

mod a2a;
mod access;
mod changes;
mod chat;
mod claims;
mod common;
mod connect;
mod files;
mod floor;
mod guide;
mod hostile;
mod mail;
mod mcp;
mod merge;
mod operate;
mod performance;
mod process;
mod rules;
mod scim;
mod security;
mod session;
mod sso;
mod surface;
mod voice;
mod wall;
mod webhooks;
