//! Room `govern`.
