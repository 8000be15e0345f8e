//! Room `clients`.
