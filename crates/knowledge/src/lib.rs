//! Room `knowledge`.
