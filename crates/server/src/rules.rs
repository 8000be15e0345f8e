//! The rules of a release by themselves: its actions, policies and tables, for checking, trying and explaining them.

use crate::parts::refused;
use baton_base::{Bundle, ClientId, Finding, ReleaseId, Result};
use baton_db::Tx;
use baton_govern::Rulebook;
use baton_tools::Catalogue;
use std::sync::Arc;

/// What calls are judged by.
pub struct Rules {
    /// Actions.
    pub catalogue: Catalogue,
    /// Policies, tables, policy facts, levels.
    pub rulebook: Arc<Rulebook>,
}

impl Rules {
    /// Compiles the rules of a bundle, and nothing else of it.
    pub fn of(bundle: &Bundle) -> std::result::Result<Self, Vec<Finding>> {
        let catalogue = Catalogue::load(bundle)?;
        let rulebook = Rulebook::load(bundle, &catalogue.infos())?;
        Ok(Self { catalogue, rulebook: Arc::new(rulebook) })
    }

    /// The rules of a stored release; without one, of the client's live release.
    pub fn stored(tx: &mut Tx, client: &ClientId, release: Option<&ReleaseId>) -> Result<(ReleaseId, Self)> {
        let release = match release {
            Some(release) => release.clone(),
            None => {
                let live = baton_clients::live_release(tx, client)?;
                live.ok_or_else(|| baton_base::Error::not_found(format!("a live release of {client}")))?
            }
        };
        let row = baton_clients::release(tx, client, &release)?;
        let rules = Self::of(&row.bundle).map_err(|findings| refused(&findings))?;
        Ok((release, rules))
    }

    /// What is found about the decision tables: gaps, overlaps, rules that never count.
    pub fn table_findings(&self) -> Vec<Finding> {
        self.rulebook.tables().flat_map(baton_govern::Table::findings).collect()
    }
}
