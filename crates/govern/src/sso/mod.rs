//! Single sign-on by OpenID Connect: authorization code with PKCE (OpenID Connect Core 1.0, RFC 6749, RFC 7636).
//!
//! Here is what is decided and stored: the [`Provider`] that the house trusts, what a browser has begun, whether an ID
//! token proves anything, and which member somebody is. Asking the provider is the server's.

mod begun;
mod enter;
mod id_token;
mod jws;
mod provider;

pub use begun::{BEGUN_MS_MAX, Begun, Returned, begin, take};
pub use enter::{Entered, Shown, enter, enter_with, has_come, unlink};
pub use id_token::{Expected, Keys, Unproven, shown_by, verify};
pub(crate) use provider::origin;
pub use provider::{Provider, SECRET_NAME, forget, password_is_off, provider, remember, set_only};
