//! `call: openapi`: an operation as its description says.

use super::document::{self, Operation};
use super::exchange::url;
use super::going::Going;
use super::{Told, answer, auth, place};
use baton_engine::OpenApiCall;

pub(crate) async fn call(going: &mut Going, call: &OpenApiCall) -> Told {
    let document = document::read(going, &call.document).await?;
    let operation = Operation::find(&document, &url(&call.document.uri)?, &call.operation_id)?;
    let mut exchange = place::request(&operation, &call.parameters)?;
    if !exchange.headers.contains_key("accept") {
        exchange.header("accept", "application/json, */*;q=0.5", false)?;
    }
    auth::authorize(going, &mut exchange, call.authentication.as_ref()).await?;
    let (exchange, answered) = going.follow(exchange, call.redirect).await?;
    auth::heard(going, call.authentication.as_ref(), answered.status).await?;
    answer::output(&exchange, &answered, call.output, call.redirect)
}
