//! The report: every figure by intent and over all, by day, and beside the same time before.

use crate::catalogue::{CATALOGUE, Figure};
use crate::days::{Day, Hour, Times};
use crate::limits;
use crate::mix::{self, Change, Part};
use crate::rules::{self, Seen, blamed, came_back};
use crate::spend::{MoneyFigure, Spend, Spending, money, spending};
use crate::store::{self, Head, Page, Span};
use crate::tally::{Beside, Share, Tally, Volume, real};
use baton_base::{CaseId, ClientId, Error, Result};
use baton_db::Tx;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const DAY_MS: i64 = 86_400_000;
const MS_A_MINUTE: f64 = 60_000.0;

/// Which cases: those of these clients that were opened from one time on and before another.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Clients whose figures the caller may read: the caller of this function has checked it.
    pub clients: Vec<ClientId>,
    /// The first moment inside, milliseconds since the epoch.
    pub since_ms: i64,
    /// The first moment outside.
    pub until_ms: i64,
    /// The time now.
    pub now_ms: i64,
    /// IANA name of the zone that days are of.
    pub time_zone: String,
    /// When each day of the time began, oldest first; the first with or before `since_ms`.
    pub days_ms: Vec<i64>,
    /// By how much clocks of that zone are ahead of those of UTC: since when, and by how much, both in milliseconds, oldest first.
    pub ahead_ms: Vec<(i64, i64)>,
}

impl Asked {
    pub(crate) fn span(&self) -> Span {
        Span { since_ms: self.since_ms, until_ms: self.until_ms }
    }

    fn before(&self) -> Span {
        Span { since_ms: self.since_ms - (self.until_ms - self.since_ms), until_ms: self.since_ms }
    }

    /// The day on which a case was opened; `None` for one of the time before.
    pub(crate) fn day_of(&self, opened_ms: i64) -> Option<i64> {
        let after = self.days_ms.partition_point(|day_ms| *day_ms <= opened_ms);
        after.checked_sub(1).and_then(|at| self.days_ms.get(at)).copied()
    }

    /// Refuses what is no time, or too long a one.
    pub(crate) fn check(&self) -> Result<()> {
        let length_ms = self.until_ms.checked_sub(self.since_ms).filter(|ms| (1..=limits::WINDOW_MS_MAX).contains(ms));
        if length_ms.is_some() && self.since_ms >= 0 && self.until_ms <= self.now_ms.saturating_add(DAY_MS) {
            return Ok(());
        }
        let days = limits::WINDOW_MS_MAX / DAY_MS;
        let detail =
            format!("ask for one that ends after it begins, does not lie ahead, and is at most {days} days long");
        Err(Error::invalid_at("since_ms", "that is no time to report on", detail))
    }
}

/// Counts of cases, with the rates that people look at first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counts {
    /// How many, and how they went.
    #[serde(flatten)]
    pub volume: Volume,
    /// Resolutions of attempts, 0 to 1.
    pub resolution_rate: Option<f64>,
    /// Escalated of attempts, 0 to 1.
    pub escalation_rate: Option<f64>,
    /// The middle of the times that people had a case, minutes.
    pub handling_median_minutes: Option<f64>,
    /// Time of people, approvals included, minutes.
    pub people_minutes: f64,
    /// What models read, tokens.
    pub tokens_in: i64,
    /// What models wrote, tokens.
    pub tokens_out: i64,
    /// What is known of their cost, by currency; none where no model had a price.
    pub cost: Vec<Spending>,
    /// Exchanges that took tokens and whose model had no price: what they cost is not known.
    pub unpriced: i64,
    /// Exchanges whose model had a price, and of which nobody told how many tokens they took.
    pub uncounted: i64,
}

impl From<&Tally> for Counts {
    fn from(tally: &Tally) -> Self {
        let volume = tally.volume.clone();
        let rate = |hits: i64| (volume.attempts > 0).then(|| real(hits) / real(volume.attempts));
        Self {
            resolution_rate: rate(volume.resolutions),
            escalation_rate: rate(volume.escalated),
            handling_median_minutes: tally.handled_median_ms().map(|ms| ms / MS_A_MINUTE),
            people_minutes: real(tally.people_ms) / MS_A_MINUTE,
            tokens_in: tally.spend.tokens_in,
            tokens_out: tally.spend.tokens_out,
            cost: spending(&tally.spend, volume.attempts, volume.resolutions),
            unpriced: tally.spend.unpriced,
            uncounted: tally.spend.uncounted,
            volume,
        }
    }
}

/// Which line of the report: an intent of a client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LineKey {
    /// Whose.
    pub client: ClientId,
    /// The need; `None` for cases in which none was recognised.
    pub intent: Option<String>,
}

/// One intent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Which.
    #[serde(flatten)]
    pub key: LineKey,
    /// Its counts.
    #[serde(flatten)]
    pub counts: Counts,
}

/// One KPI, now and before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KpiFigure {
    /// Which.
    pub id: &'static str,
    /// In this window.
    pub now: Figure,
    /// In the window before.
    pub before: Figure,
}

/// How soon people took cases of a channel up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ByChannel {
    /// Which.
    pub channel: String,
    /// Taken up in time.
    pub in_time: i64,
    /// Of so many that waited.
    pub offered: i64,
    /// What is in time, seconds.
    pub within_s: i64,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Performance {
    /// When it was made, milliseconds since the epoch.
    pub at_ms: i64,
    /// The first moment inside.
    pub since_ms: i64,
    /// The first moment outside.
    pub until_ms: i64,
    /// IANA name of the zone that days are of.
    pub time_zone: String,
    /// When the window before began; it ends where this begins.
    pub before_since_ms: i64,
    /// Over all.
    pub totals: Counts,
    /// Over all, in the window before.
    pub before: Counts,
    /// Why the share of resolutions changed; `None` where one of the windows has no AI attempt.
    pub change: Option<Change<LineKey>>,
    /// By intent, most cases first.
    pub items: Vec<Line>,
    /// By day, each day of the window.
    pub days: Vec<Day>,
    /// By hour of the day, all 24.
    pub hours: Vec<Hour>,
    /// Every KPI that is recorded.
    pub kpis: Vec<KpiFigure>,
    /// Every KPI in money, in each currency that was spent in either window.
    pub money: Vec<MoneyFigure>,
    /// How soon people took cases up.
    pub channels: Vec<ByChannel>,
}

/// One case as it is counted.
pub(crate) struct Counted<'a> {
    pub client: &'a ClientId,
    pub head: &'a Head,
    pub seen: &'a Seen,
    pub beside: Beside,
    pub spend: Option<&'a Spend>,
    pub tagged: bool,
}

/// Gives every case of a span to `take`, oldest first, some read at a time. More than a report may have are refused.
pub(crate) fn each(
    tx: &mut Tx,
    asked: &Asked,
    span: Span,
    mut take: impl FnMut(&mut Tx, &[Counted<'_>]) -> Result<()>,
) -> Result<()> {
    let mut cases = 0;
    for client in &asked.clients {
        cases += store::count(tx, client, span)?;
    }
    if cases > limits::CASES_MAX {
        let when = if span.since_ms < asked.since_ms { " of the time before" } else { "" };
        let title = format!("{cases} cases{when} are more than one report reads");
        let detail = format!("at most {}: ask for a shorter time, or for one client", limits::CASES_MAX);
        return Err(Error::invalid_at("since_ms", title, detail));
    }
    for client in &asked.clients {
        let mut last: Option<Head> = None;
        loop {
            let heads = store::heads(tx, client, span, last.as_ref())?;
            let page = store::page(tx, client, &heads)?;
            let seen: Vec<Option<Seen>> = page.conversations.iter().map(|one| rules::read(one, asked.now_ms)).collect();
            take(tx, &counted(client, &heads, &page, &seen, asked.now_ms))?;
            if heads.len() < limits::PAGE {
                break;
            }
            last = heads.into_iter().next_back();
        }
    }
    Ok(())
}

fn counted<'a>(
    client: &'a ClientId,
    heads: &'a [Head],
    page: &'a Page,
    seen: &'a [Option<Seen>],
    now_ms: i64,
) -> Vec<Counted<'a>> {
    let (back, blamed) = (came_back(&page.contacts), blamed(&page.conversations, now_ms));
    let both = heads.iter().zip(seen).filter_map(|(head, seen)| Some((head, seen.as_ref()?)));
    both.map(|(head, seen)| {
        let id = head.id.as_str();
        let beside = Beside { came_back: back.contains(id), blamed: blamed.contains(id), now_ms };
        let spend = page.spend.get(id);
        Counted { client, head, seen, beside, spend, tagged: page.tagged.contains(id) }
    })
    .collect()
}

#[derive(Default)]
struct Sums {
    lines: BTreeMap<LineKey, Tally>,
    times: Times,
}

impl Sums {
    fn read(tx: &mut Tx, asked: &Asked, span: Span) -> Result<Self> {
        let mut sums = Self::default();
        each(tx, asked, span, |_, cases| {
            cases.iter().for_each(|case| sums.add(case, asked));
            Ok(())
        })?;
        Ok(sums)
    }

    fn add(&mut self, case: &Counted<'_>, asked: &Asked) {
        let key = LineKey { client: case.client.clone(), intent: case.head.intent.clone() };
        let line = self.lines.entry(key).or_default();
        line.add(case.seen, case.beside);
        if let Some(spend) = case.spend {
            line.spend.add(spend);
        }
        self.times.add(asked, case);
    }

    fn total(&self) -> Tally {
        self.lines.values().fold(Tally::default(), |mut all, line| {
            all.merge(line);
            all
        })
    }
}

/// Reports on cases that were opened in a time, beside those of the same time before.
pub fn performance(tx: &mut Tx, asked: &Asked) -> Result<Performance> {
    asked.check()?;
    let now = Sums::read(tx, asked, asked.span())?;
    let before = Sums::read(tx, asked, asked.before())?;
    let (total, total_before) = (now.total(), before.total());
    let recorded = CATALOGUE.iter().filter(|kpi| kpi.recorded);
    let kpis = recorded
        .map(|kpi| KpiFigure { id: kpi.id, now: kpi.figure(&total), before: kpi.figure(&total_before) })
        .collect();
    let mut items: Vec<Line> =
        now.lines.iter().map(|(key, tally)| Line { key: key.clone(), counts: tally.into() }).collect();
    items.sort_by(|a, b| b.counts.volume.cases.cmp(&a.counts.volume.cases).then_with(|| a.key.cmp(&b.key)));
    let (totals, totals_before) = (Counts::from(&total), Counts::from(&total_before));
    Ok(Performance {
        at_ms: asked.now_ms,
        since_ms: asked.since_ms,
        until_ms: asked.until_ms,
        time_zone: asked.time_zone.clone(),
        before_since_ms: asked.before().since_ms,
        money: money(&totals.cost, &totals_before.cost),
        totals,
        before: totals_before,
        change: mix::change(&parts(&now, &before)),
        items,
        days: now.times.days(asked),
        hours: now.times.hours(),
        kpis,
        channels: channels(&total),
    })
}

fn parts(now: &Sums, before: &Sums) -> Vec<Part<LineKey>> {
    let share = |tally: Option<&Tally>| {
        tally.map_or_else(Share::default, |tally| Share { hits: tally.volume.resolutions, of: tally.volume.attempts })
    };
    let keys: BTreeSet<&LineKey> = now.lines.keys().chain(before.lines.keys()).collect();
    let part =
        |key: &LineKey| Part { key: key.clone(), before: share(before.lines.get(key)), now: share(now.lines.get(key)) };
    keys.into_iter().map(part).collect()
}

fn channels(total: &Tally) -> Vec<ByChannel> {
    let by = total.in_time.iter().map(|(channel, share)| ByChannel {
        channel: channel.clone(),
        in_time: share.hits,
        offered: share.of,
        within_s: rules::service_level_ms(channel) / 1_000,
    });
    by.collect()
}

/// Which cases behind a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// All.
    Cases,
    /// AI attempts.
    Attempts,
    /// Resolutions, net of seven days.
    Resolutions,
    /// Attempts whose seven days are not over.
    Provisional,
    /// Attempts that were passed to people.
    Escalated,
    /// Cases whose outcome people changed.
    Overridden,
    /// Cases after which the customer came back.
    CameBack,
    /// Cases that went to people.
    Handoffs,
}

impl Behind {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Cases, "cases"),
        (Self::Attempts, "attempts"),
        (Self::Resolutions, "resolutions"),
        (Self::Provisional, "provisional"),
        (Self::Escalated, "escalated"),
        (Self::Overridden, "overridden"),
        (Self::CameBack, "came_back"),
        (Self::Handoffs, "handoffs"),
    ];

    fn holds(self, case: &Counted<'_>) -> bool {
        let (seen, beside) = (case.seen, case.beside);
        match self {
            Self::Cases => true,
            Self::Attempts => seen.involved,
            Self::Resolutions => seen.contained() && !beside.came_back,
            Self::Provisional => seen.involved && !seen.is_mature(beside.now_ms),
            Self::Escalated => !seen.escalations.is_empty(),
            Self::Overridden => !seen.overrides.is_empty(),
            Self::CameBack => beside.came_back,
            Self::Handoffs => seen.routed > 0 || !seen.escalations.is_empty(),
        }
    }
}

impl std::str::FromStr for Behind {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let known = Self::ALL.iter().find(|(_, name)| *name == text).map(|(which, _)| *which);
        known.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(_, name)| *name).collect();
            Error::invalid_at("which", format!("'{text}' is no figure"), format!("use one of: {}", names.join(" ")))
        })
    }
}

/// Which of a window's cases are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Behind which figure.
    pub which: Behind,
    /// Of this intent; `Some(None)` for cases in which none was recognised; all if `None`.
    pub intent: Option<Option<String>>,
    /// Passed to people for this reason.
    pub reason: Option<String>,
}

impl Wanted {
    fn takes(&self, case: &Counted<'_>) -> bool {
        let reasons = || case.seen.escalations.iter().map(|(reason, _, _)| reason);
        self.intent.as_ref().is_none_or(|intent| *intent == case.head.intent)
            && self.reason.as_ref().is_none_or(|wanted| reasons().any(|reason| reason == wanted))
            && self.which.holds(case)
    }
}

/// Cases behind a figure: the newest, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The newest, newest first, each with its client.
    pub cases: Vec<(ClientId, CaseId)>,
    /// All.
    pub total: i64,
}

/// The cases behind a figure of the report.
pub fn cases_behind(tx: &mut Tx, asked: &Asked, wanted: &Wanted) -> Result<Found> {
    asked.check()?;
    let mut newest: BTreeSet<(i64, CaseId, ClientId)> = BTreeSet::new();
    let mut total = 0;
    each(tx, asked, asked.span(), |_, cases| {
        for case in cases.iter().filter(|case| wanted.takes(case)) {
            total += 1;
            newest.insert((case.head.opened_ms, case.head.id.clone(), case.client.clone()));
            if newest.len() > limits::BEHIND_MAX {
                newest.pop_first();
            }
        }
        Ok(())
    })?;
    Ok(Found { cases: newest.into_iter().rev().map(|(_, case, client)| (client, case)).collect(), total })
}
