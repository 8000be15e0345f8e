//! What `deny.toml` says of dependencies, as far as it can be looked at without the network: every package is under a licence that it
//! allows, and no dependency takes just any version. `cargo deny check` reads the same file, and asks for advisories as well.

use crate::count::Tally;
use crate::workspace::Workspace;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::collections::BTreeSet;
use std::iter::Peekable;

/// Checks every package that is built on this machine, for tests too.
pub fn check(workspace: &Workspace) -> Result<Tally> {
    let rules = std::fs::read_to_string(workspace.root.join("deny.toml")).context("deny.toml")?;
    let allowed = allowed(&rules);
    if allowed.is_empty() {
        bail!("deny.toml allows no licence");
    }
    let metadata = metadata(workspace)?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let found: Vec<_> = packages.iter().flat_map(|package| wrong(package, &allowed)).collect();
    for finding in &found {
        println!("dependencies: {finding}");
    }
    if !found.is_empty() {
        bail!("{} findings; deny.toml says what is allowed", found.len());
    }
    Ok(Tally::passed(packages.len() as u64))
}

/// Packages of this machine's platform: others are not downloaded here.
fn metadata(workspace: &Workspace) -> Result<Value> {
    let version = std::process::Command::new("rustc").arg("-vV").output().context("rustc -vV")?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let mut cargo = workspace.cargo();
    cargo.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host]);
    let output = cargo.output().context("cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The list `allow` of `[licenses]`.
fn allowed(rules: &str) -> BTreeSet<&str> {
    let lines = rules.lines().map(str::trim).skip_while(|line| *line != "[licenses]").skip(1);
    let section = lines.take_while(|line| !line.starts_with('['));
    let list = section.skip_while(|line| *line != "allow = [").skip(1).take_while(|line| *line != "]");
    list.map(|line| line.trim_end_matches(',').trim_matches('"')).collect()
}

/// What is wrong with a package.
fn wrong(package: &Value, allowed: &BTreeSet<&str>) -> Vec<String> {
    let name = format!("{} {}", text(&package["name"]), text(&package["version"]));
    let mut found = Vec::new();
    match package["license"].as_str() {
        None => found.push(format!("{name} names no licence")),
        Some(licence) if !is_allowed(licence, allowed) => found.push(format!("{name} is under '{licence}'")),
        Some(_) => {}
    }
    // Only this workspace's own: what others say of theirs, the lock file has settled.
    let own = package["source"].is_null();
    let dependencies = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice);
    let wild = dependencies.iter().filter(|dep| own && dep["req"] == "*" && dep["path"].is_null());
    found.extend(wild.map(|dep| format!("{name} takes any version of {}", text(&dep["name"]))));
    found
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Whether an SPDX expression (SPDX 2.3, annex D) can be met by allowed licences alone. What cannot be read is not allowed.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    // Before SPDX expressions, a slash stood for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    either(&mut words, allowed).is_some_and(|met| met && words.next().is_none())
}

fn either<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut met = both(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        met |= both(words, allowed)?;
    }
    Some(met)
}

fn both<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut met = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed)?;
    }
    Some(met)
}

fn one<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, allowed: &BTreeSet<&str>) -> Option<bool> {
    match words.next()? {
        "(" => {
            let met = either(words, allowed)?;
            (words.next()? == ")").then_some(met)
        }
        ")" | "OR" | "AND" | "WITH" => None,
        licence if words.next_if_eq(&"WITH").is_some() => {
            Some(allowed.contains(format!("{licence} WITH {}", words.next()?).as_str()))
        }
        licence => Some(allowed.contains(licence)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RULES: &str = "[graph]\nallow = [\n  \"Nothing\",\n]\n[licenses]\nallow = [\n  \"MIT\",\n  \"Apache-2.0\",\n  \
        \"Apache-2.0 WITH LLVM-exception\",\n  \"Unicode-3.0\",\n]\n[bans]\nwildcards = \"deny\"\n";

    #[test]
    fn a_licence_is_allowed_where_the_expression_can_be_met() {
        let allow = allowed(RULES);
        assert_eq!(allow.len(), 4, "{allow:?}");
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "GPL-2.0 OR (MIT AND Apache-2.0)",
        ] {
            assert!(is_allowed(good, &allow), "{good}");
        }
        for bad in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "MIT WITH LLVM-exception",
            "(MIT OR Apache-2.0) AND GPL-3.0",
            "(MIT",
            "MIT MIT",
            "",
            "OR",
        ] {
            assert!(!is_allowed(bad, &allow), "{bad}");
        }
    }

    #[test]
    fn a_package_without_a_licence_or_with_any_version_of_another_is_found() {
        let allow = allowed(RULES);
        let dep = json!({"name": "other", "req": "*", "path": null});
        let ours = json!({"name": "ours", "version": "1.0.0", "license": "MIT", "source": null, "dependencies": [dep]});
        assert_eq!(wrong(&ours, &allow), ["ours 1.0.0 takes any version of other"]);
        let theirs =
            json!({"name": "theirs", "version": "2.0.0", "license": null, "source": "registry", "dependencies": [dep]});
        assert_eq!(wrong(&theirs, &allow), ["theirs 2.0.0 names no licence"]);
    }
}
