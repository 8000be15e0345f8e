//! Puts a release live for its client: the client row, the immutable release, and the ledger entry together.

use crate::{Overlay, store};
use baton_base::{Bundle, ClientId, Event, ReleaseId, Result, digest_of};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger};
use serde_json::json;

/// The id of the release that a bundle is.
pub fn release_of(bundle: &Bundle) -> ReleaseId {
    ReleaseId::known(format!("{}_{}", ReleaseId::PREFIX, &digest_of(bundle)[..20]))
}

/// Deploys an assembled bundle. The same content is the same release: deploying it twice changes nothing.
///
/// Returns the release's id, `rel_` and the first 20 hex digits of its digest.
pub fn deploy(tx: &mut Tx, ctx: &Ctx, overlay: &Overlay, version: &str, bundle: &Bundle) -> Result<ReleaseId> {
    ctx.allow(Right::ReleaseDeploy)?;
    let client: ClientId = overlay.client.parse()?;
    let digest = digest_of(bundle);
    let release = release_of(bundle);
    let now_ms = ctx.now_ms();
    let before = store::live_release(tx, &client)?;
    store::upsert_client(tx, &client, overlay, now_ms)?;
    if before.as_ref() == Some(&release) {
        return Ok(release);
    }
    let row = store::NewRelease {
        client: &client,
        release: &release,
        blueprint: &overlay.blueprint,
        version,
        digest: &digest,
    };
    store::insert_release(tx, &row, bundle, &ctx.actor.to_string(), now_ms)?;
    store::set_live(tx, &client, &release)?;
    let event = Event::new(&client, "release.deployed", &release).with(json!({
        "blueprint": overlay.blueprint, "version": version, "digest": digest, "replaces": before,
    }));
    ledger::append(tx, &ctx.for_client(&client)?, event)?;
    Ok(release)
}
