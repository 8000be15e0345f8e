//! The tests of `baton-sim` as one program, linked once; a new file is named here.

mod repeat;
mod sweep;
