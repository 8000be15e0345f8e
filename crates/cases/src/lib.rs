//! Room `cases`.
