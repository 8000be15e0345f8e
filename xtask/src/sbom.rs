//! `cargo xtask sbom`: what the program `baton` is made of, in CycloneDX 1.6.

use crate::workspace::Workspace;
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The package whose dependencies are listed.
const PROGRAM: &str = "baton-server";

/// Prints the bill of materials of what is shipped: dependencies for tests alone are not in it.
pub fn run(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["metadata", "--format-version", "1", "--locked"]);
    let output = cargo.output().context("cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let lock = std::fs::read_to_string(workspace.root.join("Cargo.lock")).context("Cargo.lock")?;
    println!("{:#}", bill(&metadata, &digests(&lock))?);
    Ok(())
}

/// Digests of packages as the lock file has them, by name and version.
fn digests(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(&format!("{name} = \"")))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let of = |block: &str| Some(((value(block, "name")?, value(block, "version")?), value(block, "checksum")?));
    lock.split("[[package]]").filter_map(of).collect()
}

fn bill(metadata: &Value, digests: &BTreeMap<(String, String), String>) -> Result<Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages: BTreeMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<String, BTreeSet<String>> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), shipped(node))).collect();
    let program = packages.values().find(|package| package["name"] == PROGRAM).context("the program's package")?;
    let (mut found, mut open) = (BTreeSet::new(), vec![text(&program["id"])]);
    while let Some(id) = open.pop() {
        if found.insert(id.clone()) {
            open.extend(nodes.get(&id).into_iter().flatten().cloned());
        }
    }
    let reference = |id: &String| packages.get(id).map(purl).unwrap_or_default();
    let components: Vec<_> = found
        .iter()
        .filter_map(|id| packages.get(id))
        .filter(|package| package["name"] != PROGRAM)
        .map(|package| component(package, digests))
        .collect();
    let dependencies: Vec<_> = found
        .iter()
        .map(|id| {
            let on: Vec<_> = nodes.get(id).into_iter().flatten().map(reference).collect();
            json!({"ref": reference(id), "dependsOn": on})
        })
        .collect();
    let name = json!({"type": "application", "bom-ref": purl(program), "name": "baton", "version": program["version"]});
    Ok(json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": name}, "components": components, "dependencies": dependencies,
    }))
}

/// Dependencies of a node that are in what is shipped, or build it.
fn shipped(node: &Value) -> BTreeSet<String> {
    let deps = node["deps"].as_array().cloned().unwrap_or_default();
    let kinds = |dep: &Value| dep["dep_kinds"].as_array().cloned().unwrap_or_default();
    let ships = |dep: &&Value| kinds(dep).iter().any(|kind| kind["kind"] != "dev");
    deps.iter().filter(ships).map(|dep| text(&dep["pkg"])).collect()
}

fn component(package: &Value, digests: &BTreeMap<(String, String), String>) -> Value {
    let key = (text(&package["name"]), text(&package["version"]));
    let mut component = json!({
        "type": "library", "bom-ref": purl(package), "name": package["name"], "version": package["version"],
        "purl": purl(package),
    });
    if let Some(licence) = package["license"].as_str() {
        // Before SPDX expressions, a slash stood for OR.
        component["licenses"] = json!([{"expression": licence.replace(" / ", " OR ").replace('/', " OR ")}]);
    }
    if let Some(digest) = digests.get(&key) {
        component["hashes"] = json!([{"alg": "SHA-256", "content": digest}]);
    }
    component
}

fn purl(package: &Value) -> String {
    format!("pkg:cargo/{}@{}", text(&package["name"]), text(&package["version"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tests_alone_need_is_not_in_the_bill() {
        let package = |name: &str| json!({"id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0"});
        let dep = |name: &str, kind: Value| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let metadata = json!({
            "packages": [package(PROGRAM), package("used"), package("tried")],
            "resolve": {"nodes": [
                {"id": PROGRAM, "deps": [dep("used", Value::Null), dep("tried", json!("dev"))]},
                {"id": "used", "deps": []}, {"id": "tried", "deps": []},
            ]},
        });
        let lock = "[[package]]\nname = \"used\"\nversion = \"1.0.0\"\nchecksum = \"ab12\"\n";
        let bill = bill(&metadata, &digests(lock)).unwrap();
        let components = bill["components"].as_array().unwrap();
        assert_eq!(components.len(), 1);
        assert_eq!(components[0]["purl"], "pkg:cargo/used@1.0.0");
        assert_eq!(components[0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(components[0]["hashes"][0]["content"], "ab12");
        assert_eq!(bill["dependencies"].as_array().unwrap().len(), 2);
    }
}
