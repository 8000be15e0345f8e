//! The matrix of roles and rights, as a file that a change of rights has to change too.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_govern::{Right, Role};
use std::fmt::Write as _;

fn matrix() -> String {
    let mut text =
        String::from("# Which role holds which right. Written by: BATON_UPDATE=1 cargo test -p baton-govern\n");
    for right in Right::ALL {
        let roles: Vec<_> = Role::with(*right).map(Role::name).collect();
        writeln!(text, "{}: {}", right.name(), roles.join(" ")).unwrap();
    }
    text
}

#[test]
fn the_matrix_is_the_one_that_was_agreed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/permission_matrix.txt");
    if std::env::var_os("BATON_UPDATE").is_some() {
        std::fs::write(path, matrix()).unwrap();
    }
    let agreed = std::fs::read_to_string(path).unwrap();
    assert_eq!(agreed, matrix(), "rights have changed; if that is meant, write the file anew with BATON_UPDATE=1");
}

#[test]
fn an_auditor_changes_nothing_and_an_admin_reads_no_case() {
    let changes = [
        Right::CaseReply,
        Right::CaseCreate,
        Right::CaseTake,
        Right::CaseOverride,
        Right::CaseTag,
        Right::FixWrite,
        Right::WorkClaim,
        Right::WorkComplete,
        Right::WorkAssign,
        Right::TeamWrite,
        Right::WorkApprove,
        Right::RunOperate,
        Right::ActionCall,
        Right::KnowledgeWrite,
        Right::StopSwitch,
        Right::AutonomySet,
        Right::MemberAdmin,
        Right::TokenAdmin,
        Right::ReleaseDeploy,
        Right::ChangePropose,
        Right::ChangeApprove,
        Right::CriticalReport,
        Right::SettingsWrite,
        Right::IdentityAdmin,
        Right::Provision,
    ];
    assert!(changes.iter().all(|right| !Role::Auditor.has(*right)));
    assert!(!Role::Admin.has(Right::CaseRead) && !Role::Admin.has(Right::WorkComplete));
}
