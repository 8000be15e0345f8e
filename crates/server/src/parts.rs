//! What a release means to each room, compiled, and which release is live.

use crate::functions;
use baton_agents::{Encoder, Roster, Wants};
use baton_base::{Bundle, ClientId, Error, Finding, ReleaseId, Result, Severity, Versions};
use baton_cases::CasesConfig;
use baton_channels::ChannelsConfig;
use baton_desk::Intake;
use baton_govern::{Egress, Rulebook};
use baton_knowledge::Shelf;
use baton_runs::Processes;
use baton_tools::Catalogue;
use baton_tools::webhook::Webhooks;
use std::sync::Arc;

/// Every room's part of every loaded release.
#[derive(Clone, Default)]
pub struct Parts {
    /// Processes.
    pub processes: Arc<Versions<Processes>>,
    /// Policies, tables, policy facts.
    pub rulebooks: Arc<Versions<Rulebook>>,
    /// Where processes may call by address.
    pub egress: Arc<Versions<Egress>>,
    /// Actions.
    pub catalogues: Arc<Versions<Catalogue>>,
    /// What systems may send by themselves.
    pub webhooks: Arc<Versions<Webhooks>>,
    /// Agents and intents.
    pub rosters: Arc<Versions<Roster>>,
    /// Articles.
    pub shelves: Arc<Versions<Shelf>>,
    /// Templates and service levels.
    pub cases: Arc<Versions<CasesConfig>>,
    /// Queues and required handoff fields.
    pub intakes: Arc<Versions<Intake>>,
    /// Mailboxes.
    pub channels: Arc<Versions<ChannelsConfig>>,
}

/// One release, compiled.
pub struct Compiled {
    processes: Arc<Processes>,
    rulebook: Rulebook,
    egress: Egress,
    catalogue: Catalogue,
    webhooks: Webhooks,
    roster: Roster,
    shelf: Shelf,
    cases: CasesConfig,
    intake: Intake,
    channels: ChannelsConfig,
}

/// Compiles a bundle with every room; all findings of all rooms together, or the whole release. Its messages are recognised with
/// the encoder's help, if there is one; its articles are read by it afterwards, since nobody need wait for that.
pub fn compile(bundle: &Bundle, encoder: Option<&Arc<Encoder>>) -> Result<Compiled, Vec<Finding>> {
    let mut findings = Vec::new();
    let locale = bundle.parameters.get("locale").and_then(|v| v.as_str()).unwrap_or("en");
    let catalogue = keep(Catalogue::load(bundle), &mut findings);
    // Without its actions every policy would seem to name unknown ones.
    let rulebook = catalogue.as_ref().and_then(|c| keep(Rulebook::load(bundle, &c.infos()), &mut findings));
    let egress = keep(Egress::load(bundle), &mut findings);
    let processes = keep(Processes::load(bundle, functions::KNOWN), &mut findings);
    let webhooks = keep(Webhooks::load(bundle), &mut findings);
    let roster = keep(Roster::load_with(bundle, encoder), &mut findings);
    let shelf = keep(Shelf::load(bundle), &mut findings);
    let cases = keep(CasesConfig::load(bundle, locale), &mut findings);
    let intake = keep(Intake::load(bundle), &mut findings);
    let channels = keep(ChannelsConfig::load(bundle), &mut findings);
    findings.retain(|finding| finding.severity == Severity::Error);
    let parts = (catalogue, webhooks, rulebook, egress, processes, roster, shelf, cases, intake, channels);
    match parts {
        (
            Some(catalogue),
            Some(webhooks),
            Some(rulebook),
            Some(egress),
            Some(processes),
            Some(roster),
            Some(shelf),
            Some(cases),
            Some(intake),
            Some(channels),
        ) if findings.is_empty() => {
            let processes = Arc::new(processes);
            Ok(Compiled { processes, rulebook, egress, catalogue, webhooks, roster, shelf, cases, intake, channels })
        }
        _ => Err(findings),
    }
}

/// The same for a release that is about to be kept: also the queues and the processes that it names are there, no queue overflows in a
/// circle, no connector is sent the token of another, and agents' models may call actions that there are. A release that is live is loaded without, so that a new rule never keeps what
/// runs from running.
pub fn accepted(bundle: &Bundle) -> Result<Compiled, Vec<Finding>> {
    // It is looked at here, not worked with: an encoder changes nothing about that.
    let compiled = compile(bundle, None)?;
    let mut found = baton_desk::unknown_queues(bundle, &compiled.intake, &compiled.processes);
    found.extend(baton_runs::unknown_children(bundle, &compiled.processes));
    found.extend(baton_desk::overflow_circles(bundle, &compiled.intake));
    found.extend(baton_tools::shared_sign_ins(bundle));
    let wants = |name: &str| compiled.catalogue.action(name).ok().map(|action| Wants { confirm: action.confirm });
    found.extend(compiled.roster.check_tools(&wants));
    if found.is_empty() { Ok(compiled) } else { Err(found) }
}

fn keep<T>(loaded: Result<T, Vec<Finding>>, findings: &mut Vec<Finding>) -> Option<T> {
    match loaded {
        Ok(part) => Some(part),
        Err(more) => {
            findings.extend(more);
            None
        }
    }
}

impl Compiled {
    /// Its processes.
    pub fn processes(&self) -> &Arc<Processes> {
        &self.processes
    }

    /// Its agents and intents.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }
}

impl Parts {
    /// Adds a compiled release; `live` makes it the one that new cases enter by.
    pub fn put(&self, client: &ClientId, release: &ReleaseId, compiled: Compiled, live: bool) {
        fn one<T>(versions: &Versions<T>, client: &ClientId, release: &ReleaseId, part: impl Into<Arc<T>>, live: bool) {
            if live {
                versions.put_live(client, release, part.into());
            } else {
                versions.put_pinned(client, release, part.into());
            }
        }
        one(&self.rulebooks, client, release, compiled.rulebook, live);
        one(&self.egress, client, release, compiled.egress, live);
        one(&self.catalogues, client, release, compiled.catalogue, live);
        one(&self.webhooks, client, release, compiled.webhooks, live);
        one(&self.rosters, client, release, compiled.roster, live);
        one(&self.shelves, client, release, compiled.shelf, live);
        one(&self.cases, client, release, compiled.cases, live);
        one(&self.intakes, client, release, compiled.intake, live);
        one(&self.channels, client, release, compiled.channels, live);
        // Last: a release counts as loaded here when its processes are there.
        one(&self.processes, client, release, compiled.processes, live);
    }

    /// Clients that have a live release.
    pub fn clients(&self) -> Vec<ClientId> {
        self.processes.clients()
    }
}

/// Findings as one error, for callers that are not shown a list.
pub fn refused(findings: &[Finding]) -> Error {
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    Error::invalid("The release does not load", lines.join("\n"))
}
