//! The tests of `baton-agents` as one program, linked once; a new file is named here.

mod calibrate;
mod cassette;
mod common;
mod model;
mod money;
mod recognise;
mod turn;
