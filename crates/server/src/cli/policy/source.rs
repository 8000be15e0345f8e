//! The blueprint folder that a command is about.

use crate::rules::Rules;
use baton_base::{Bundle, Error, Finding, Result};
use baton_clients::{assemble, read_overlay, stand_in};
use clap::Args;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A blueprint, with a client's parameters or with values that stand in for them.
#[derive(Args)]
pub struct Blueprint {
    /// Folder of the blueprint.
    pub folder: PathBuf,
    /// Overlay of a client; without it, parameters stand in.
    #[arg(long)]
    pub overlay: Option<PathBuf>,
    /// Value for `{{param.NAME}}`: JSON, or text.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
}

impl Blueprint {
    /// The release that it would be; these parameters stand in where the command line gives none.
    pub(in crate::cli) fn bundle(
        &self,
        more: &BTreeMap<String, Value>,
    ) -> Result<std::result::Result<Bundle, Vec<Finding>>> {
        let mut given = more.clone();
        for text in &self.params {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Error::invalid_at("--param", format!("'{text}' is not NAME=VALUE"), "write it like limit_minor=5000")
            })?;
            given.insert(name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)));
        }
        Ok(self.assembled(&given))
    }

    fn assembled(&self, given: &BTreeMap<String, Value>) -> std::result::Result<Bundle, Vec<Finding>> {
        let overlay = match &self.overlay {
            Some(path) => {
                let mut overlay = read_overlay(path)?;
                overlay.parameters.extend(given.clone());
                overlay
            }
            None => stand_in(&self.folder, given)?,
        };
        assemble(&self.folder, &overlay).map(|(bundle, _)| bundle)
    }

    /// Its rules, or what is wrong with it.
    pub(in crate::cli) fn rules(
        &self,
        more: &BTreeMap<String, Value>,
    ) -> Result<std::result::Result<Rules, Vec<Finding>>> {
        Ok(self.bundle(more)?.and_then(|bundle| Rules::of(&bundle)))
    }
}

/// The rules of a folder with the parameters of a stored release.
pub(super) fn with_parameters_of(folder: &Path, parameters: &BTreeMap<String, Value>) -> Result<Rules> {
    let bundle = stand_in(folder, parameters).and_then(|overlay| assemble(folder, &overlay));
    let rules = bundle.and_then(|(bundle, _)| Rules::of(&bundle));
    rules.map_err(|findings| crate::parts::refused(&findings))
}
