//! The tests of `baton-runs` as one program, linked once; a new file is named here.

mod awake;
mod batch;
mod common;
mod contract;
mod elsewhere;
mod lost;
mod operate;
mod outside;
mod released;
mod releases;
mod repair;
mod schedules;
mod shares;
