//! The tests of `baton-insight` as one program, linked once; a new file is named here.

mod report;
mod vectors;
