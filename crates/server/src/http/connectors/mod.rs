//! Connected systems: how they stand, who uses them, what is pinned, and how new ones come in.

mod import;
mod operate;
mod read;
mod setup;
mod sign_in;
mod written;

pub use sign_in::{callback, secret_text};

use crate::House;
use axum::extract::DefaultBodyLimit;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Largest description that can be sent in, bytes: with its quotes, some more than the description itself.
const DESCRIPTION_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    let import =
        OpenApiRouter::new().routes(routes!(import::import)).layer(DefaultBodyLimit::max(DESCRIPTION_BYTES_MAX));
    OpenApiRouter::new()
        .routes(routes!(read::inventory))
        .routes(routes!(read::list))
        .routes(routes!(read::show))
        .routes(routes!(operate::test))
        .routes(routes!(operate::retry))
        .routes(routes!(operate::settle))
        .routes(routes!(sign_in::begin))
        .routes(routes!(setup::secret))
        .routes(routes!(setup::try_out))
        .routes(routes!(import::import_tools))
        .routes(routes!(written::import_statements))
        .routes(routes!(written::read_tables))
        .routes(routes!(written::import_operations))
        .routes(routes!(written::import_agent))
        .routes(routes!(written::import_webhook))
        .merge(import)
}
