//! Who may press and release the stop switch: the table of roles, and the policies of a release over it.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{actions, agent, bundle, member};
use baton_base::{Error, Finding};
use baton_govern::stop::{Scope, Step, Use, judge};
use baton_govern::{Role, Rulebook};

fn book(policies: &str) -> Rulebook {
    Rulebook::load(&bundle(&[("policies/stops.cedar", policies)]), &actions())
        .unwrap_or_else(|found| panic!("{found:?}"))
}

fn findings(policies: &str) -> Vec<Finding> {
    Rulebook::load(&bundle(&[("policies/stops.cedar", policies)]), &actions()).err().unwrap_or_default()
}

/// Ids that let one role use the switch of an action's, or the refusal's.
fn said(
    book: &Rulebook,
    role: Role,
    step: Step,
    scope: Scope,
    own: bool,
) -> Result<Vec<String>, (String, Vec<String>)> {
    let target = if scope == Scope::Action { "refund" } else { "*" };
    match judge(Some(book), &member(&[role]), &Use { step, scope, target, own }) {
        Ok(ids) => Ok(ids),
        Err(Error::Refused { reason, policies }) => Err((reason, policies)),
        Err(other) => panic!("{other}"),
    }
}

const WHO: &str = r#"
@id("agents-stop-one-action")
permit(principal in Role::"human_agent", action == Action::"press_stop", resource)
when { context.args.level == "action" };
@id("leads-release") @reason("only an AI lead lets AI go on")
forbid(principal, action == Action::"release_stop", resource)
unless { context.roles.contains("ai_lead") };
@id("two-hands") @reason("whoever pressed it does not release it")
forbid(principal, action in Action::"stop_switch", resource)
when { action == Action::"release_stop" && context.args.own };
"#;

#[test]
fn without_a_policy_about_it_the_table_of_roles_decides() {
    // A policy about every action is not about the switch.
    let book = book("@id(\"none\") @reason(\"closed\") forbid(principal, action, resource);");
    for role in Role::ALL {
        for step in [Step::Press, Step::Release] {
            let allowed = said(&book, *role, step, Scope::Client, false).is_ok();
            assert_eq!(allowed, matches!(role, Role::Admin | Role::AiLead | Role::Supervisor), "{role} {step:?}");
        }
    }
    assert!(
        judge(Some(&book), &agent(), &Use { step: Step::Press, scope: Scope::Client, target: "*", own: false })
            .is_err()
    );
}

#[test]
fn a_policy_gives_pressing_to_more_and_takes_releasing_from_others() {
    let book = book(WHO);
    let press = |role, scope| said(&book, role, Step::Press, scope, false);
    assert_eq!(press(Role::HumanAgent, Scope::Action).unwrap(), ["agents-stop-one-action"]);
    assert!(press(Role::HumanAgent, Scope::Client).is_err(), "one action, and no more");
    assert_eq!(press(Role::Supervisor, Scope::Client).unwrap(), ["right:stop_switch"]);
    let release = |role, own| said(&book, role, Step::Release, Scope::Client, own);
    let (reason, ids) = release(Role::Supervisor, false).unwrap_err();
    assert_eq!((reason.as_str(), ids.as_slice()), ("only an AI lead lets AI go on", &["leads-release".to_owned()][..]));
    assert!(release(Role::Admin, false).is_err(), "what stops AI is not lifted past the policy by anybody");
    assert!(release(Role::AiLead, false).is_ok());
    assert_eq!(release(Role::AiLead, true).unwrap_err().1, ["two-hands"]);
    // Everything at once is the installation's, which has no release.
    assert!(said(&book, Role::Supervisor, Step::Release, Scope::All, true).is_ok());
    assert!(said(&book, Role::HumanAgent, Step::Press, Scope::All, false).is_err());
}

#[test]
fn however_wrong_a_policy_is_an_admin_can_press_and_what_is_pressed_stays() {
    let closed =
        book("@id(\"closed\") @reason(\"no\") forbid(principal, action in Action::\"stop_switch\", resource);");
    // It fits its schema and fails all the same: the sum is larger than a number can be.
    let broken = book(
        "@id(\"broken\") permit(principal, action in Action::\"stop_switch\", resource) \
         when { 9223372036854775807 + 1 > 0 };",
    );
    for (book, id) in [(&closed, "closed"), (&broken, "built-in:evaluation")] {
        assert_eq!(said(book, Role::Admin, Step::Press, Scope::Client, false).unwrap(), ["right:stop_switch"]);
        for (role, step) in [(Role::AiLead, Step::Press), (Role::Supervisor, Step::Press), (Role::Admin, Step::Release)]
        {
            let (reason, ids) = said(book, role, step, Scope::Client, false).unwrap_err();
            assert_eq!(ids, [id], "{role} {step:?}: {reason}");
        }
    }
    let (reason, _) = said(&broken, Role::AiLead, Step::Press, Scope::Client, false).unwrap_err();
    assert!(reason.contains("an admin can press it"), "{reason}");
}

#[test]
fn policies_about_the_switch_are_checked_by_a_schema_of_their_own() {
    let forbid = |when: &str| {
        format!(
            "@id(\"p\") @reason(\"r\") forbid(principal, action == Action::\"press_stop\", resource) when {{ {when} }};"
        )
    };
    for good in
        ["context.args.level == \"client\"", "context.roles.contains(\"supervisor\")", "principal.name == \"mem_1\""]
    {
        assert_eq!(findings(&forbid(good)), [], "{good}");
    }
    for (bad, word) in [
        ("context.args.scope == \"client\"", "scope"),
        ("context.args.own == \"yes\"", "stop switch"),
        ("context.facts.order.status == \"x\"", "facts"),
    ] {
        let found = findings(&forbid(bad));
        assert!(!found.is_empty() && found[0].rule == "policy-type" && found[0].line == 1, "{bad}: {found:?}");
        assert!(found[0].message.contains(word), "{bad}: {}", found[0].message);
    }
    let asks = "@id(\"p\") @reason(\"r\") @approval(\"supervisor\") forbid(principal, action == Action::\"press_stop\", resource);";
    assert_eq!(findings(asks)[0].rule, "policy-approval", "a stop waits for nobody");
}

#[test]
fn no_action_is_called_like_the_switch() {
    let mut all = actions();
    all[0].name = "press_stop".to_owned();
    let found = Rulebook::load(&bundle(&[]), &all).err().unwrap_or_default();
    assert!(found.iter().any(|finding| finding.message.contains("press_stop")), "{found:?}");
}
