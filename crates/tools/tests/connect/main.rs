//! Connectors against real servers: what arrives on the wire, and what comes back.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

mod auth;
mod databases;
mod descriptions;
mod echo;
mod forms;
mod plain;
mod styles;
