//! The tests of `baton-db` as one program, linked once; a new file is named here.

mod contract;
mod jobs;
mod kill;
mod schema;
mod vault;
mod wall;
