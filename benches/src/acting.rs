//! What is deployed where turns of an agent are timed whose model may call actions: the demo's blueprints, with one process for the shop
//! whose only step is the goal `act`, and eight of the shop's actions.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

/// Functions that the model is told of: eight actions, and Baton's own two.
pub const FUNCTIONS: usize = 10;
/// Sections of articles that it is given, at least.
pub const ARTICLES: usize = 3;

const TOOLS: &str = "tools:
  - { action: get_order_details }
  - { action: get_user_details }
  - { action: get_product_details }
  - { action: cancel_pending_order, confirm: confirm_cancel }
  - { action: modify_pending_order_address, confirm: confirm_modify_address }
  - { action: modify_pending_order_items, confirm: confirm_modify_items }
  - { action: exchange_delivered_order_items, confirm: confirm_exchange }
  - { action: return_delivered_order_items, confirm: confirm_return }
";
const PROCESS: &str = "document: { dsl: 1.0.3, namespace: retail-support, name: support, version: 1.0.0, title: Support by a model, summary: For timing. }
do:
  - act:
      call: agent-turn
      with:
        agent: concierge
        goal: act
        text: '${ $workflow.input.text }'
        message_id: '${ $workflow.input.message_id }'
";

/// Writes blueprints and overlays below a folder, as an installation takes them.
pub fn write(root: &Path, below: &Path) -> Result<()> {
    for folder in ["blueprints", "demo/overlays"] {
        copy(&root.join(folder), &below.join(folder))?;
    }
    let shop = below.join("blueprints/retail-support");
    let agent = shop.join("agents/concierge.yaml");
    let text = fs::read_to_string(&agent).with_context(|| agent.display().to_string())?;
    fs::write(agent, text + TOOLS)?;
    fs::write(shop.join("processes/support.yaml"), PROCESS)?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to)?;
        } else {
            fs::copy(&path, &to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_may_call_eight_actions_of_the_shop_and_the_rest_stays() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = tempfile::tempdir().unwrap();
        write(&root, folder.path()).unwrap();
        let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
        let agent = read("blueprints/retail-support/agents/concierge.yaml");
        assert!(agent.starts_with("name: concierge\n"), "{agent}");
        assert_eq!(agent.matches("{ action: ").count(), FUNCTIONS - 2);
        let (shop, templates) = (
            read("blueprints/retail-support/connectors/shop.yaml"),
            read("blueprints/retail-support/templates/en.yaml"),
        );
        for line in agent.lines().filter_map(|line| line.trim().strip_prefix("- { action: ")) {
            let name = line.split([',', ' ']).next().unwrap();
            assert!(shop.contains(&format!("name: {name}")), "{name}");
            let confirm = line.split_once("confirm: ").map(|(_, key)| key.trim_end_matches(" }"));
            assert!(confirm.is_none_or(|key| templates.contains(&format!("\n{key}: |"))), "{line}");
        }
        assert!(folder.path().join("demo/overlays/larkspur.yaml").exists());
    }
}
