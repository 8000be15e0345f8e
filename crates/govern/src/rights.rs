//! Roles and rights: one static matrix. A right not written down here is not held.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $name:literal, $title:literal;)*) => {
        /// What a member or service account is, for one client.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Role { $($(#[$doc])* $role),* }

        impl Role {
            /// Every role, in the order of the matrix.
            pub const ALL: &[Self] = &[$(Self::$role),*];
            /// As stored and as in JSON.
            pub fn name(self) -> &'static str { match self { $(Self::$role => $name),* } }
            /// In words.
            pub fn title(self) -> &'static str { match self { $(Self::$role => $title),* } }
        }
    };
}

roles! {
    /// Runs the installation or a client's part of it: members, tokens, settings.
    Admin = "admin", "admin";
    /// Owns the AI agents: autonomy, releases, the stop switch.
    AiLead = "ai_lead", "AI lead";
    /// Leads a team: queues, approvals, the floor.
    Supervisor = "supervisor", "supervisor";
    /// Works cases.
    HumanAgent = "human_agent", "human agent";
    /// Decides about money.
    FinanceLead = "finance_lead", "finance lead";
    /// Owns articles and policy facts.
    KnowledgeManager = "knowledge_manager", "knowledge manager";
    /// Designs processes.
    Designer = "designer", "designer";
    /// Connects systems.
    Integrator = "integrator", "integrator";
    /// Reviews quality.
    QaAnalyst = "qa_analyst", "QA analyst";
    /// Plans staff.
    Planner = "planner", "planner";
    /// Speaks for the operation to the client.
    ClientSuccess = "client_success", "client success manager";
    /// Reads everything, changes nothing.
    Auditor = "auditor", "auditor";
    /// A machine: a service account's token.
    Service = "service", "service account";
    /// A machine: the directory that keeps members.
    Provisioner = "provisioner", "provisioning service";
}

macro_rules! rights {
    ($($(#[$doc:meta])* $right:ident = $name:literal, $title:literal: $($role:ident)|+;)*) => {
        /// One thing a role may let a person or service account do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Right { $($(#[$doc])* $right),* }

        impl Right {
            /// Every right, in the order of the matrix.
            pub const ALL: &[Self] = &[$(Self::$right),*];
            /// As in JSON and in refusals.
            pub fn name(self) -> &'static str { match self { $(Self::$right => $name),* } }
            /// In words, after "to".
            pub fn title(self) -> &'static str { match self { $(Self::$right => $title),* } }
            /// The roles that hold it.
            pub fn roles(self) -> &'static [Role] { match self { $(Self::$right => &[$(Role::$role),+]),* } }
        }
    };
}

rights! {
    /// Clients' names and settings that all may see.
    ClientRead = "client_read", "see the client":
        Admin | AiLead | Supervisor | HumanAgent | FinanceLead | KnowledgeManager | Designer | Integrator | QaAnalyst
        | Planner | ClientSuccess | Auditor | Service;
    /// Cases and their messages.
    CaseRead = "case_read", "read cases":
        AiLead | Supervisor | HumanAgent | FinanceLead | KnowledgeManager | Designer | QaAnalyst | ClientSuccess
        | Auditor | Service;
    /// Write to a customer.
    CaseReply = "case_reply", "reply to customers": Supervisor | HumanAgent | FinanceLead | Service;
    /// Bring a case in through the API channel.
    CaseCreate = "case_create", "open cases": Supervisor | HumanAgent | Service;
    /// Take a case from the AI, and return it; merge and split cases.
    CaseTake = "case_take", "take cases over": Supervisor | HumanAgent | FinanceLead;
    /// Write notes about cases.
    CaseNote = "case_note", "write notes":
        AiLead | Supervisor | HumanAgent | FinanceLead | KnowledgeManager | Designer | QaAnalyst;
    /// Tell whoever has a case what to do, unseen by the customer.
    CaseWhisper = "case_whisper", "whisper into conversations": AiLead | Supervisor;
    /// Change an outcome that the AI gave.
    CaseOverride = "case_override", "change outcomes of the AI": AiLead | Supervisor | HumanAgent | FinanceLead;
    /// Say why a case failed.
    CaseTag = "case_tag", "say why cases failed":
        AiLead | Supervisor | HumanAgent | FinanceLead | KnowledgeManager | Designer | QaAnalyst;
    /// What removes the causes of failures.
    FixWrite = "fix_write", "work on fixes":
        AiLead | Supervisor | KnowledgeManager | Designer | Integrator | QaAnalyst;
    /// Work items and packets.
    WorkRead = "work_read", "read work items":
        AiLead | Supervisor | HumanAgent | FinanceLead | QaAnalyst | Planner | Auditor | Service;
    /// Claim and release.
    WorkClaim = "work_claim", "claim work items": Supervisor | HumanAgent | FinanceLead | Service;
    /// Decide.
    WorkComplete = "work_complete", "decide work items": Supervisor | HumanAgent | FinanceLead | Service;
    /// Give work to someone else.
    WorkAssign = "work_assign", "assign work to others": Supervisor;
    /// How much people take at once, where and when they work.
    TeamWrite = "team_write", "set what people take on": Admin | Supervisor | Planner;
    /// Approve what an AI or a colleague asks for.
    WorkApprove = "work_approve", "approve actions": AiLead | Supervisor | FinanceLead;
    /// Live counts.
    FloorRead = "floor_read", "watch the floor":
        Admin | AiLead | Supervisor | HumanAgent | FinanceLead | QaAnalyst | Planner | ClientSuccess | Auditor;
    /// KPIs and reports on how AI and people serve.
    PerformanceRead = "performance_read", "see performance":
        AiLead | Supervisor | FinanceLead | KnowledgeManager | Designer | QaAnalyst | Planner | ClientSuccess | Auditor;
    /// Process definitions.
    ProcessRead = "process_read", "read processes":
        Admin | AiLead | Supervisor | KnowledgeManager | Designer | Integrator | QaAnalyst | Auditor | HumanAgent;
    /// Runs and their data.
    RunRead = "run_read", "read runs":
        AiLead | Supervisor | HumanAgent | Designer | Integrator | QaAnalyst | Auditor;
    /// Cancel, suspend, resume.
    RunOperate = "run_operate", "operate runs": AiLead | Supervisor | Integrator;
    /// The ledger.
    LedgerRead = "ledger_read", "read the ledger":
        Admin | AiLead | Supervisor | FinanceLead | QaAnalyst | Auditor;
    /// Checkpoints, proofs, and the whole ledger as a file.
    LedgerExport = "ledger_export", "export and verify the ledger": Admin | AiLead | Auditor;
    /// Call a connector's action by hand.
    ActionCall = "action_call", "call actions": Supervisor | HumanAgent | FinanceLead | Service;
    /// Effects and their permits.
    EffectRead = "effect_read", "read effects":
        AiLead | Supervisor | HumanAgent | FinanceLead | Integrator | QaAnalyst | Auditor | Service;
    /// Connected systems: how they stand, who uses them.
    ConnectorRead = "connector_read", "see connected systems":
        Admin | AiLead | Supervisor | Designer | Integrator | QaAnalyst | Auditor;
    /// Import, test, sign in.
    ConnectorOperate = "connector_operate", "connect systems": Admin | Integrator;
    /// Articles, and questions that none answers.
    KnowledgeRead = "knowledge_read", "read articles and open questions":
        AiLead | Supervisor | HumanAgent | KnowledgeManager | Designer | QaAnalyst | ClientSuccess | Auditor;
    /// See to questions that no article answers.
    KnowledgeWrite = "knowledge_write", "see to open questions": AiLead | KnowledgeManager;
    /// Return a scope to people, and give it back.
    StopSwitch = "stop_switch", "use the stop switch": Admin | AiLead | Supervisor;
    /// Autonomy levels.
    AutonomySet = "autonomy_set", "set autonomy": AiLead;
    /// Members and their roles, read.
    MemberRead = "member_read", "see members": Admin | AiLead | Supervisor | Planner | Auditor;
    /// Members and their roles, written.
    MemberAdmin = "member_admin", "administer members": Admin;
    /// Service accounts' tokens.
    TokenAdmin = "token_admin", "administer tokens": Admin | Integrator;
    /// Single sign-on, and which group gives which role.
    IdentityAdmin = "identity_admin", "set up sign-in and groups": Admin;
    /// Members and groups, kept by a directory (SCIM).
    Provision = "provision", "keep members for a directory": Provisioner;
    /// Releases, read.
    ReleaseRead = "release_read", "read releases":
        Admin | AiLead | KnowledgeManager | Designer | Integrator | QaAnalyst | ClientSuccess | Auditor;
    /// Put a release live.
    ReleaseDeploy = "release_deploy", "deploy releases": Admin | AiLead;
    /// What steers AI and processes, proposed.
    ChangePropose = "change_propose", "propose changes":
        Admin | AiLead | KnowledgeManager | Designer | Integrator | Service;
    /// What others propose.
    ChangeApprove = "change_approve", "approve changes": Admin | AiLead;
    /// That AI has done what it must not do.
    CriticalReport = "critical_report", "report critical errors":
        AiLead | Supervisor | FinanceLead | QaAnalyst | ClientSuccess;
    /// Say that two customers are one, or are not.
    CustomerLink = "customer_link", "link customers": Supervisor | HumanAgent;
    /// All that is kept of one customer, as a file.
    CustomerExport = "customer_export", "export a customer": Admin | ClientSuccess;
    /// Erase a customer, and hold one's data against it.
    CustomerErase = "customer_erase", "erase or hold a customer": Admin;
    /// Settings of the client.
    SettingsWrite = "settings_write", "change settings": Admin;
}

impl Role {
    /// Whether the matrix gives this role the right.
    pub fn has(self, right: Right) -> bool {
        right.roles().contains(&self)
    }

    /// Roles that hold the right, in matrix order.
    pub fn with(right: Right) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |role| role.has(right))
    }
}

impl FromStr for Role {
    type Err = baton_base::Error;
    fn from_str(text: &str) -> baton_base::Result<Self> {
        let known = Self::ALL.iter().copied().find(|role| role.name() == text);
        known.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|role| role.name()).collect();
            baton_base::Error::invalid_at("role", format!("'{text}' is no role"), format!("use {}", names.join(", ")))
        })
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_json_and_in_the_database_are_the_same() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
            assert_eq!(role.name().parse::<Role>().unwrap(), *role);
        }
        for right in Right::ALL {
            assert_eq!(serde_json::to_value(right).unwrap(), right.name());
        }
    }
}
