//! The tests of `baton-server` as one program, linked once; a new file is named here.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may, and says where it has nothing to test")]

mod a2a;
mod access;
mod act;
mod addresses;
mod by_model;
mod changes;
mod chat;
mod claims;
mod common;
mod connect;
mod delegate;
mod escalation;
mod files;
mod floor;
mod guide;
mod hostile;
mod mail;
mod mcp;
mod members;
mod merge;
mod operate;
mod passkeys;
mod performance;
mod process;
mod proofs;
mod queues;
mod retention;
mod rules;
mod saying;
mod scim;
mod security;
mod session;
mod shut_in;
mod sso;
mod stops;
mod suggest;
mod surface;
mod syslog;
mod translate;
mod voice;
mod wall;
mod webhooks;
mod written;
