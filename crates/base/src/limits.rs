//! Limits that more than one room must agree on. Each room's own limits stand in the room.

/// Largest HTTP request body, bytes.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Longest message a customer or member can send, bytes of UTF-8. Longer texts are stored in full up to
/// the body limit when they come through the API channel, and always go to a person.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// Largest JSON document held as a run's data, bytes.
pub const RUN_DATA_BYTES_MAX: usize = 1024 * 1024;
/// Deepest nesting of JSON accepted from outside.
pub const JSON_DEPTH_MAX: usize = 64;
/// Largest page of any list.
pub const PAGE_MAX: u32 = 200;
/// Page size where none is asked for.
pub const PAGE_DEFAULT: u32 = 50;
