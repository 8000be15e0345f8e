//! The tests of `baton-knowledge` as one program, linked once; a new file is named here.

mod gaps;
mod import;
mod retrieval;
