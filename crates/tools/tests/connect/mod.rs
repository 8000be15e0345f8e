//! Connectors against real servers: what arrives on the wire, and what comes back.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test helpers may unwrap, and say what they skip")]

mod a2a;
mod auth;
mod databases;
mod descriptions;
mod echo;
mod forms;
mod health;
mod mcp;
mod mysql;
mod plain;
mod quiet;
mod sandbox;
mod sign_in;
mod stateless;
mod streams;
mod styles;
