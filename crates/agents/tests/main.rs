//! The tests of `baton-agents` as one program, linked once; a new file is named here.

mod calibrate;
mod common;
mod model;
mod recognise;
mod turn;
