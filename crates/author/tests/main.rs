//! The tests of `baton-author` as one program, linked once; a new file is named here.

mod ctk;
mod play;
