//! Performance: the catalogue of KPIs, the report by intent, the cases behind its figures, failed cases in groups.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Failure, Query};
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use baton_base::{ClientId, Error, Result};
use baton_cases::Zone;
use baton_db::Tx;
use baton_govern::Right;
use baton_insight::{Asked, CATALOGUE, Counts, MONEY, Performance, Spending, Wanted};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const DAY_MS: i64 = 86_400_000;
/// Days back, where nobody says otherwise.
const DAYS_DEFAULT: i64 = 28;
/// Days of one report: no longer a time is reported on.
const DAYS_MAX: usize = 402;
/// How the address names cases in which no need was recognised.
const NO_INTENT: &str = "-";

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(report))
        .routes(routes!(table))
        .routes(routes!(behind))
        .routes(routes!(failures))
        .routes(routes!(kpis))
}

/// Which cases: those that were opened in a time.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    client: Option<ClientId>,
    /// The first moment inside; 28 days before `until_ms` if left out.
    since_ms: Option<i64>,
    /// The first moment outside; now if left out.
    until_ms: Option<i64>,
    /// IANA name of the zone that days are of where the clients have none in common; UTC if left out.
    time_zone: Option<String>,
}

impl Which {
    /// The zone of days, where the clients have none in common.
    fn zone(&self) -> Result<Zone> {
        let Some(name) = self.time_zone.as_deref() else { return Ok(Zone::utc()) };
        Zone::named(name).ok_or_else(|| {
            Error::invalid_at("time_zone", "no time zone has that name", "write one such as Europe/Berlin")
        })
    }
}

/// Days are those of the place of the clients, where they have one.
fn set_days(tx: &mut Tx, asked: &mut Asked, otherwise: &Zone) -> Result<()> {
    let zones = asked.clients.iter().map(|client| baton_cases::zone_of(tx, client)).collect::<Result<Vec<_>>>()?;
    let common = zones.first().filter(|first| zones.iter().all(|zone| zone.name() == first.name()));
    let zone = common.unwrap_or(otherwise);
    asked.time_zone = zone.name().to_owned();
    asked.days_ms = zone.days_ms(asked.since_ms, asked.until_ms, DAYS_MAX);
    asked.ahead_ms = zone.ahead_ms(asked.since_ms, asked.until_ms, DAYS_MAX);
    Ok(())
}

/// Who asks for a report, and where.
pub struct Asking {
    house: Arc<House>,
    caller: Caller,
}

impl FromRequestParts<Arc<House>> for Asking {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> std::result::Result<Self, Failure> {
        let caller = Caller::from_request_parts(parts, house).await?;
        Ok(Self { house: Arc::clone(house), caller })
    }
}

impl Asking {
    /// Of the clients whose figures the caller may see.
    fn figures(&self, which: &Which) -> Result<Asked> {
        let clients = self.caller.clients(&self.house, which.client.as_ref(), Right::PerformanceRead)?;
        let now_ms = self.house.env.now_ms();
        let until_ms = which.until_ms.unwrap_or(now_ms);
        let since_ms = which.since_ms.unwrap_or_else(|| until_ms.saturating_sub(DAYS_DEFAULT * DAY_MS));
        Ok(Asked {
            clients,
            since_ms,
            until_ms,
            now_ms,
            time_zone: String::new(),
            days_ms: Vec::new(),
            ahead_ms: Vec::new(),
        })
    }

    /// Of those where the caller may read cases as well.
    fn cases(&self, which: &Which) -> Result<Asked> {
        let mut asked = self.figures(which)?;
        if let [one] = asked.clients.as_slice() {
            self.caller.ctx(&self.house, one, Right::CaseRead)?;
            return Ok(asked);
        }
        let readable = self.caller.clients(&self.house, None, Right::CaseRead)?;
        asked.clients.retain(|client| readable.contains(client));
        Ok(asked)
    }

    async fn report(&self, which: &Which) -> Result<Performance> {
        let mut asked = self.figures(which)?;
        let otherwise = which.zone()?;
        let read = move |tx: &mut Tx| {
            set_days(tx, &mut asked, &otherwise)?;
            baton_insight::performance(tx, &asked)
        };
        self.house.db.read(read).await
    }
}

/// How AI and people serve, by intent: cases that were opened in a time, beside those of the same time before. Shares of the
/// last seven days are provisional. Days are those of `time_zone`: the clients', where they have one in common.
#[utoipa::path(get, path = "/performance", tag = "performance", params(Which),
    responses((status = 200, description = "The report on the clients that the caller may see", body = Value)))]
pub async fn report(asking: Asking, Query(which): Query<Which>) -> Answer<Json<Performance>> {
    Ok(Json(asking.report(&which).await?))
}

/// The same by intent as a table for spreadsheets: a line per intent, reasons of escalations in one column.
#[utoipa::path(get, path = "/performance.csv", tag = "performance", params(Which),
    responses((status = 200, description = "Comma-separated values, UTF-8", body = String, content_type = "text/csv")))]
pub async fn table(asking: Asking, Query(which): Query<Which>) -> Answer<Response> {
    let text = csv(&asking.report(&which).await?);
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"performance.csv\"")];
    Ok((headers, text).into_response())
}

const COLUMNS: [&str; 25] = [
    "client",
    "intent",
    "cases",
    "open",
    "attempts",
    "provisional",
    "contained",
    "resolutions",
    "resolutions_provisional",
    "verified",
    "resolution_rate",
    "escalated",
    "escalations",
    "overridden",
    "handoffs",
    "came_back",
    "handling_median_minutes",
    "people_minutes",
    "tokens_in",
    "tokens_out",
    "cost",
    "cost_per_attempt",
    "cost_per_resolution",
    "unpriced",
    "uncounted",
];

fn csv(report: &Performance) -> String {
    let mut text = COLUMNS.join(",") + "\r\n";
    for line in &report.items {
        let intent = line.key.intent.as_deref().unwrap_or_default();
        let cells: Vec<String> =
            [line.key.client.as_str(), intent].into_iter().map(cell).chain(numbers(&line.counts)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn numbers(counts: &Counts) -> [String; 23] {
    let volume = &counts.volume;
    let real = |value: Option<f64>| value.map(|value| format!("{value:.4}")).unwrap_or_default();
    let reasons: Vec<String> = volume.escalations.iter().map(|(reason, times)| format!("{reason}: {times}")).collect();
    [
        volume.cases.to_string(),
        volume.open.to_string(),
        volume.attempts.to_string(),
        volume.provisional.to_string(),
        volume.contained.to_string(),
        volume.resolutions.to_string(),
        volume.resolutions_provisional.to_string(),
        volume.verified.to_string(),
        real(counts.resolution_rate),
        volume.escalated.to_string(),
        cell(&reasons.join("; ")),
        volume.overridden.to_string(),
        volume.handoffs.to_string(),
        volume.came_back.to_string(),
        real(counts.handling_median_minutes),
        real(Some(counts.people_minutes)),
        counts.tokens_in.to_string(),
        counts.tokens_out.to_string(),
        money(counts, |one| Some(&one.amount)),
        money(counts, |one| one.per_attempt.as_ref()),
        money(counts, |one| one.per_resolution.as_ref()),
        counts.unpriced.to_string(),
        counts.uncounted.to_string(),
    ]
}

/// `0.0012 USD; 0.1 EUR`: each currency by itself; nothing where no model had a price.
fn money(counts: &Counts, of: fn(&Spending) -> Option<&String>) -> String {
    let each: Vec<String> =
        counts.cost.iter().filter_map(|one| of(one).map(|amount| format!("{amount} {}", one.currency))).collect();
    each.join("; ")
}

/// A text as a cell. One that a spreadsheet would take for a formula is text by the quote before it.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if text.contains(['"', ',', '\r', '\n']) {
        return format!("\"{guard}{}\"", text.replace('"', "\"\""));
    }
    format!("{guard}{text}")
}

/// Which cases behind a figure.
#[derive(Deserialize, IntoParams)]
pub struct Behind {
    /// `cases`, `attempts`, `resolutions`, `provisional`, `escalated`, `overridden`, `came_back` or `handoffs`; `cases` if
    /// left out.
    which: Option<String>,
    /// Of one intent; `-` for cases in which none was recognised.
    intent: Option<String>,
    /// Passed to people for this reason.
    reason: Option<String>,
}

/// The cases behind a figure of the report: the newest 200, and how many there are.
#[utoipa::path(get, path = "/performance/cases", tag = "performance", params(Which, Behind),
    responses((status = 200, description = "Cases of the clients that the caller may see", body = Value)))]
pub async fn behind(asking: Asking, Query(which): Query<Which>, Query(of): Query<Behind>) -> Answer<Json<Value>> {
    let asked = asking.cases(&which)?;
    let wanted = Wanted {
        which: of.which.as_deref().map_or(Ok(baton_insight::Behind::Cases), str::parse)?,
        intent: of.intent.map(|intent| (intent != NO_INTENT).then_some(intent)),
        reason: of.reason,
    };
    let contexts: Vec<_> = asked.clients.iter().map(|client| asking.house.system(client, "performance")).collect();
    let work = move |tx: &mut Tx| {
        let found = baton_insight::cases_behind(tx, &asked, &wanted)?;
        let mut items = Vec::with_capacity(found.cases.len());
        for (client, case) in &found.cases {
            if let Some(ctx) = contexts.iter().find(|ctx| ctx.client == *client) {
                items.push(baton_cases::row(tx, ctx, case)?);
            }
        }
        Ok(json!({"items": items, "total": found.total}))
    };
    Ok(Json(asking.house.db.read(work).await?))
}

/// Cases in which the AI side failed, in groups: the same need, cause and step (`items`); the biggest first, each with its newest
/// cases and the fixes of the same cause. And those of one need in which customers wrote about the same (`alike`).
#[utoipa::path(get, path = "/performance/failures", tag = "performance", params(Which),
    responses((status = 200, description = "Groups of failed cases of the clients that the caller may see", body = Value)))]
pub async fn failures(asking: Asking, Query(which): Query<Which>) -> Answer<Json<Value>> {
    let asked = asking.cases(&which)?;
    let (since_ms, until_ms) = (asked.since_ms, asked.until_ms);
    let found = asking.house.db.read(move |tx| baton_insight::failures(tx, &asked)).await?;
    let items = found.groups.iter().map(|group| {
        let mut shown = json!(group);
        shown["suggested"] = json!(baton_desk::suggest(&group.cause));
        shown
    });
    let items: Vec<Value> = items.collect();
    Ok(Json(json!({"since_ms": since_ms, "until_ms": until_ms, "items": items, "alike": found.alike})))
}

/// Every KPI: its name, what it is, its unit, and whether what it needs is recorded.
#[utoipa::path(get, path = "/kpis", tag = "performance", responses((status = 200, description = "The catalogue", body = Value)))]
pub async fn kpis(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    caller.clients(&house, None, Right::PerformanceRead)?;
    Ok(Json(json!({"items": catalogue()})))
}

/// Every KPI: those that are counted, then those in money.
pub(crate) fn catalogue() -> Vec<Value> {
    CATALOGUE.iter().map(|kpi| json!(kpi)).chain(MONEY.iter().map(|kpi| json!(kpi))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_keeps_its_commas() {
        for (text, wanted) in [
            ("refund", "refund"),
            ("=1+1", "'=1+1"),
            ("a, b", "\"a, b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("@x,y", "\"'@x,y\""),
        ] {
            assert_eq!(cell(text), wanted);
        }
    }
}
