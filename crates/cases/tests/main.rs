//! The tests of `baton-cases` as one program, linked once; a new file is named here.

mod common;
mod contract;
mod deliver;
mod late;
mod mail;
mod merge;
mod mood;
mod people;
