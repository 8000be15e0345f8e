//! The tests of `baton-demo` as one program, linked once; a new file is named here.

mod descriptions;
mod shop_rules;
mod systems;
mod worlds;
