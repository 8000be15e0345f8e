//! The tests of `baton-tools` as one program, linked once; a new file is named here.

mod approval;
mod catalogue;
mod common;
mod connect;
mod door;
mod erased;
mod once;
mod pipeline;
mod wire;
