//! The example files of the specification: each lints clean, or is refused by the name of a feature not offered.
//!
//! They are read from the folder that `BATON_SPEC_EXAMPLES` names, else from the shared data beside the workspace.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use baton_engine::{Severity, lint};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ows-examples");
    std::env::var_os("BATON_SPEC_EXAMPLES").map_or_else(beside, PathBuf::from)
}

/// Name and text of every example.
fn examples() -> Option<BTreeMap<String, String>> {
    let entries = std::fs::read_dir(folder()).ok()?;
    let paths = entries.map(|entry| entry.unwrap().path());
    let yaml = paths.filter(|path| path.extension().is_some_and(|ext| ext == "yaml"));
    Some(yaml.map(|path| (name(&path), std::fs::read_to_string(&path).unwrap())).collect())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn every_example_lints_clean_or_is_refused_by_the_name_of_a_feature_not_offered() {
    let Some(examples) = examples() else {
        eprintln!("skipped: the specification's examples are not on this machine (BATON_SPEC_EXAMPLES)");
        return;
    };
    let (mut clean, mut unwise) = (0, BTreeMap::<String, usize>::new());
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (name, text) in &examples {
        let findings = lint(name, text, &[]);
        let (errors, warnings): (Vec<_>, Vec<_>) = findings.iter().partition(|f| f.severity == Severity::Error);
        let features: Vec<&str> =
            errors.iter().filter(|f| f.rule == "unsupported").filter_map(|f| f.message.split('\'').nth(1)).collect();
        if errors.len() > features.len() {
            wrong.extend(errors.iter().map(ToString::to_string));
        } else if let Some(feature) = features.first() {
            *refused.entry((*feature).to_owned()).or_default() += 1;
        } else {
            clean += 1;
            warnings.iter().for_each(|f| *unwise.entry(f.rule.clone()).or_default() += 1);
        }
    }
    let total: usize = refused.values().sum();
    eprintln!("{} examples: {clean} clean, {total} refused by the feature's name", examples.len());
    refused.iter().for_each(|(feature, count)| eprintln!("  {count:>3} {feature}"));
    eprintln!("warnings on the clean ones: {}", unwise.values().sum::<usize>());
    unwise.iter().for_each(|(rule, count)| eprintln!("  {count:>3} {rule}"));
    assert!(wrong.is_empty(), "errors other than features not offered:\n{}", wrong.join("\n"));
    assert!(clean > 0, "the folder holds examples");
}
