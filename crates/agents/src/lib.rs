//! Room `agents`.
