//! Automatic assignment: what waits and who is available, read, planned on a board and given out.
//!
//! The plan is made from what was read; giving is a statement of its own for each item that repeats the conditions, so that
//! a plan that is out of date gives nothing twice. Several nodes may do this at once.

use crate::actions::claim::{fitness, has_room};
use crate::actions::{give, late};
use crate::route::{
    Bits, Board, Item, ItemAt, Need, Person, PersonAt, Policy, Pressure, Urgency, Vocabulary, skill_of,
};
use crate::rules::language;
use crate::team::presence::{self, GRACE_MS};
use crate::team::profile::PLACES_DEFAULT;
use crate::team::store::{self as people, Candidate};
use crate::{Desk, Intake, Kind, Needs, Queue, State, store};
use baton_base::{ClientId, Error, MemberId, Result, WorkItemId};
use baton_db::{Db, Row, Tx, Value as Param, params};
use baton_govern::{Ctx, Right, members};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Items of one client looked at together, and how often in one round: as much as it takes to find work for everyone who is free,
/// and never a backlog without end.
const ITEMS_PAGE: i64 = 2_000;
const PAGES_MAX: usize = 10;
const HOUR_MS: i64 = 3_600_000;
/// A quarter of the time that an item has: from there on its urgency rises.
const LOOK_AHEAD_PARTS: i64 = 4;

/// Who gets what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Whose.
    pub client: ClientId,
    /// The item.
    pub item: WorkItemId,
    /// Who gets it.
    pub member: MemberId,
}

/// One round: gives what waits to whoever is available. Returns what was given; an item that cannot be given stops no other.
pub async fn assign_round(db: &Db, house: &Ctx, desk: &Desk) -> Result<Vec<Planned>> {
    let (ctx, parts) = (house.clone(), desk.clone());
    let plan = db.read(move |tx| plan(tx, &ctx, &parts)).await?;
    let mut given = Vec::new();
    for one in plan {
        let (ctx, planned) = (Ctx::system(house.env(), &one.client, "router"), one.clone());
        match db.write(move |tx| give_planned(tx, &ctx, &planned)).await {
            Ok(true) => given.push(one),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(client = %one.client, item = %one.item, %error, "an item was not given out")
            }
        }
    }
    Ok(given)
}

/// Gives an item as planned; false where it no longer waits, or the member is no longer there, fit or free.
fn give_planned(tx: &mut Tx, ctx: &Ctx, planned: &Planned) -> Result<bool> {
    let member = &planned.member;
    if !people::stays_available(tx, member, ctx.now_ms() - GRACE_MS)? {
        return Ok(false);
    }
    let found = store::find(tx, &ctx.client, &planned.item)?;
    let roles = members::roles(tx, &ctx.client, member)?;
    if found.item.state != State::Waiting || !roles.iter().any(|role| role.has(Right::WorkClaim)) {
        return Ok(false);
    }
    let room = |tx: &mut Tx| has_room(tx, member, &found.item.channel, Some(PLACES_DEFAULT));
    match fitness(tx, &roles, member, &found).and_then(|()| room(tx)) {
        Ok(()) => give::give(tx, ctx, &found, member, "next in turn"),
        Err(Error::Refused { .. } | Error::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What does not depend on anybody asking: whoever vanished, queues that overflow, clocks that run out, customers who wait for
/// somebody who has gone. What fails is logged and looked at again in the next round; the rest goes on.
pub async fn tidy_round(db: &Db, house: &Ctx, desk: &Desk) -> Result<()> {
    let ctx = house.clone();
    noted(&ClientId::house(), "people", db.write(move |tx| presence::sweep(tx, &ctx)).await);
    for client in desk.intake.clients() {
        let (ctx, parts) = (Ctx::system(house.env(), &client, "desk"), desk.clone());
        noted(&client, "queues", db.write(move |tx| give::overflow(tx, &ctx, &parts)).await);
        let (ctx, parts) = (Ctx::system(house.env(), &client, "desk"), desk.clone());
        noted(&client, "clocks", crate::sla::raise(db, &ctx, &parts).await);
        let (as_one, own) = (ctx.clone(), desk.clone());
        noted(&client, "late work", db.write(move |tx| late::take_back_late(tx, &as_one, &own)).await);
        noted(&client, "words to those who wait", crate::truth::keep_told(db, &ctx, &parts).await);
    }
    Ok(())
}

fn noted<T>(client: &ClientId, what: &'static str, done: Result<T>) {
    if let Err(error) = done {
        tracing::warn!(%client, what, %error, "a part of the desk could not be looked after");
    }
}

/// What is given to whom now: the most urgent of what waits, and on from there as long as somebody has room whom nothing of it
/// suits.
pub(crate) fn plan(tx: &mut Tx, house: &Ctx, desk: &Desk) -> Result<Vec<Planned>> {
    let now_ms = house.now_ms();
    let seen_since_ms = now_ms - GRACE_MS;
    if !people::is_anybody_available(tx, seen_since_ms)? {
        return Ok(Vec::new());
    }
    let clients = desk.intake.clients();
    let mut there = people::available(tx, &clients, now_ms, seen_since_ms)?;
    there.retain(|one| one.profile.is_on_shift(now_ms));
    let places: f64 = there.iter().map(|one| f64::from(one.profile.given_at_once())).sum();
    let mut round = Round::new(desk, there, now_ms);
    let mut pages: Vec<_> = clients.iter().filter_map(|client| Pages::of(desk, client)).collect();
    let mut given = Vec::new();
    for number in 0..PAGES_MAX {
        if round.board.room() == 0 {
            break;
        }
        let waiting: Vec<_> = pages.iter_mut().flat_map(|one| one.next(tx, now_ms)).collect();
        if waiting.is_empty() {
            break;
        }
        round.put(waiting);
        if number == 0 {
            let pressure = pressure(tx, desk, places, round.least_slack_ms(), now_ms)?;
            round.board.reorder(Policy { overload: pressure.is_overload(), ..Policy::default() }, now_ms);
        }
        given.extend(round.give());
    }
    Ok(given)
}

/// A waiting item as the router sees it.
struct Waiting {
    client: ClientId,
    item: WorkItemId,
    kind: Kind,
    queue: String,
    needs: Needs,
    priority: i64,
    opened_ms: i64,
    due_ms: i64,
    channel: String,
    requested_by: String,
    owner: Option<(MemberId, i64)>,
    released_by: Option<MemberId>,
}

/// What waits at one client, most urgent first, a page at a time.
struct Pages {
    client: ClientId,
    intake: Arc<Intake>,
    /// Priority, due time and id of the last item read.
    after: (i64, i64, String),
    is_read: bool,
}

impl Pages {
    /// None where the client's release cannot be had: the others go on.
    fn of(desk: &Desk, client: &ClientId) -> Option<Self> {
        match desk.live(client) {
            Ok(intake) => {
                Some(Self { client: client.clone(), intake, after: (0, i64::MIN, String::new()), is_read: false })
            }
            Err(error) => {
                tracing::warn!(%client, %error, "what waits could not be read");
                None
            }
        }
    }

    fn next(&mut self, tx: &mut Tx, now_ms: i64) -> Vec<Waiting> {
        if self.is_read {
            return Vec::new();
        }
        let found = waiting_of(tx, &self.client, &self.intake, &self.after, now_ms).unwrap_or_else(|error| {
            tracing::warn!(client = %self.client, %error, "what waits could not be read");
            Vec::new()
        });
        self.is_read = !i64::try_from(found.len()).is_ok_and(|count| count == ITEMS_PAGE);
        if let Some(last) = found.last() {
            self.after = (last.priority, last.due_ms, last.item.to_string());
        }
        found
    }
}

/// A page of what is given out, most urgent first: closed queues and queues whose items are only taken give nothing.
fn waiting_of(
    tx: &mut Tx,
    client: &ClientId,
    intake: &Intake,
    (priority, due_ms, item): &(i64, i64, String),
    now_ms: i64,
) -> Result<Vec<Waiting>> {
    let mut values: Vec<Param> =
        vec![client.into(), ITEMS_PAGE.into(), (*priority).into(), (*due_ms).into(), item.clone().into()];
    let mut places = Vec::new();
    for queue in intake.queues().iter().filter(|queue| !gives(queue, now_ms)) {
        values.push(Param::Text(queue.name.clone()));
        places.push(format!("${}", values.len()));
    }
    let left_out = if places.is_empty() { String::new() } else { format!("AND queue NOT IN ({}) ", places.join(", ")) };
    let sql = format!(
        "SELECT work_item_id, kind, queue, needs, priority, opened_ms, due_ms, channel, requested_by, sticky_member, \
         sticky_until_ms, released_by FROM work_item WHERE client_id = $1 AND state = 'waiting' AND (priority > $3 OR \
         (priority = $3 AND (due_ms > $4 OR (due_ms = $4 AND work_item_id > $5)))) {left_out}\
         ORDER BY priority, due_ms, work_item_id LIMIT $2"
    );
    tx.query(&sql, &values, |r: &Row| {
        Ok(Waiting {
            client: client.clone(),
            item: r.id(0)?,
            kind: r.id(1)?,
            queue: r.text(2)?,
            needs: r.json_as(3)?,
            priority: r.int(4)?,
            opened_ms: r.int(5)?,
            due_ms: r.int(6)?,
            channel: r.text(7)?,
            requested_by: r.text(8)?,
            owner: r.id_opt(9)?.zip(r.int_opt(10)?),
            released_by: r.id_opt(11)?,
        })
    })
}

/// Whether a queue's items are given out now.
fn gives(queue: &Queue, now_ms: i64) -> bool {
    queue.push && queue.is_open(now_ms)
}

/// How hard those who are there are pressed by what the queues give out.
#[expect(clippy::cast_precision_loss, reason = "items are counted")]
fn pressure(tx: &mut Tx, desk: &Desk, places: f64, least_slack_ms: Option<i64>, now_ms: i64) -> Result<Pressure> {
    let (mut arrivals, mut work_ms) = (0, 0.0);
    for client in desk.intake.clients() {
        // A client whose release cannot be had waits for the next round; it was logged above.
        let Ok(intake) = desk.live(&client) else { continue };
        let opened: Vec<(String, i64)> = tx.query(
            "SELECT queue, COUNT(*) FROM work_item WHERE client_id = $1 AND opened_ms >= $2 GROUP BY queue",
            params![client, now_ms - HOUR_MS],
            |r| Ok((r.text(0)?, r.int(1)?)),
        )?;
        for (name, count) in opened {
            let queue = intake.queue(&name).unwrap_or(intake.default_queue());
            if gives(queue, now_ms) {
                arrivals += count;
                work_ms += count as f64 * queue.handling_ms as f64;
            }
        }
    }
    Ok(Pressure {
        arrivals_per_h: arrivals as f64,
        handling_ms: if arrivals == 0 { 0.0 } else { work_ms / arrivals as f64 },
        places,
        least_slack_ms,
    })
}

/// What was read so far, and the board that it stands on.
struct Round<'a> {
    desk: &'a Desk,
    words: Words,
    there: Vec<Candidate>,
    at: HashMap<MemberId, PersonAt>,
    board: Board,
    waiting: Vec<Waiting>,
    now_ms: i64,
}

impl<'a> Round<'a> {
    fn new(desk: &'a Desk, there: Vec<Candidate>, now_ms: i64) -> Self {
        // The channels of which somebody takes only so many are numbered before anybody's places in them are counted.
        let channels: BTreeSet<String> = there.iter().flat_map(|one| one.profile.channels.keys().cloned()).collect();
        let mut words =
            Words { clients: desk.intake.clients(), channels: channels.into_iter().collect(), ..Words::default() };
        let persons = there.iter().map(|one| words.person(one, now_ms)).collect();
        let at = there.iter().zip(0..).map(|(one, at)| (one.member.clone(), PersonAt(at))).collect();
        Self { desk, words, there, at, board: Board::new(Policy::default(), persons), waiting: Vec::new(), now_ms }
    }

    fn put(&mut self, waiting: Vec<Waiting>) {
        for item in waiting {
            let need = self.words.need(&item);
            let not = item.released_by.as_ref().and_then(|member| self.at.get(member).copied());
            let asker = item.requested_by.strip_prefix("member:").map(MemberId::known);
            let asker = asker.filter(|_| item.kind == Kind::Approval);
            let asker = asker.and_then(|member| self.at.get(&member).copied());
            let owner = item.owner.as_ref().and_then(|(member, until)| self.at.get(member).map(|at| (*at, *until)));
            let not = asker.or(not).map(|first| [first, not.unwrap_or(first)]);
            self.board.put(Item { urgency: urgency(self.desk, &item), need, owner, not }, self.now_ms);
            self.waiting.push(item);
        }
    }

    /// Time left of what is due first and somebody who is there may have: what nobody can do is late whatever the order.
    fn least_slack_ms(&self) -> Option<i64> {
        let items = self.waiting.iter().zip(0..).filter(|(_, at)| self.board.may_be_had(ItemAt(*at)));
        items.map(|(item, _)| item.due_ms - self.now_ms).min()
    }

    fn give(&mut self) -> Vec<Planned> {
        let given = self.board.pass(self.now_ms).into_iter();
        given
            .filter_map(|one| {
                let item = self.waiting.get(one.item.0 as usize)?;
                let person = self.there.get(one.person.0 as usize)?;
                Some(Planned { client: item.client.clone(), item: item.item.clone(), member: person.member.clone() })
            })
            .collect()
    }
}

fn urgency(desk: &Desk, item: &Waiting) -> Urgency {
    let live = desk.live(&item.client).ok();
    let queue = live.as_ref().map(|intake| intake.queue(&item.queue).unwrap_or(intake.default_queue()));
    Urgency {
        band: u8::try_from(item.priority).unwrap_or(u8::MAX),
        opened_ms: item.opened_ms,
        due_ms: item.due_ms,
        handling_ms: queue.map_or(1, |queue| queue.handling_ms),
        cost: queue.map_or(1.0, |queue| queue.cost),
        look_ahead_ms: (item.due_ms - item.opened_ms) / LOOK_AHEAD_PARTS,
    }
}

/// Needs and people in the same words.
#[derive(Default)]
struct Words {
    known: Vocabulary,
    channels: Vec<String>,
    clients: Vec<ClientId>,
}

impl Words {
    fn need(&mut self, item: &Waiting) -> Need {
        let mut need = Need { channel: self.channel(&item.channel), ..Need::default() };
        let right = if item.kind == Kind::Approval { Right::WorkApprove } else { Right::WorkComplete };
        for right in [Right::WorkClaim, right] {
            need.all.set(self.known.word("right", &format!("{}/{}", item.client, right.name())));
        }
        let wanted = &item.needs;
        for (kind, all) in [("licence", &wanted.licences), ("jurisdiction", &wanted.jurisdictions)] {
            for one in all {
                need.all.set(self.known.word(kind, one));
            }
        }
        for skill in &wanted.skills {
            let (name, level) = skill_of(skill);
            self.known.wants(&mut need.all, name, level);
        }
        let languages = wanted.languages.iter().map(|tag| self.known.word("language", &language(tag)));
        push_group(&mut need.any, languages.collect());
        let roles = wanted.roles.iter().map(|role| self.known.word("role", &format!("{}/{role}", item.client)));
        push_group(&mut need.any, roles.collect());
        need
    }

    fn person(&mut self, one: &Candidate, now_ms: i64) -> Person {
        let mut has = Bits::default();
        for grant in &one.grants {
            // A role for the installation is one at every client that the words know.
            for client in self.clients_of(&grant.client) {
                for right in [Right::WorkClaim, Right::WorkComplete, Right::WorkApprove] {
                    if grant.role.has(right) {
                        has.set(self.known.word("right", &format!("{client}/{}", right.name())));
                    }
                }
                has.set(self.known.word("role", &format!("{client}/{}", grant.role)));
            }
        }
        for (kind, all) in [("licence", &one.licences), ("jurisdiction", &one.profile.jurisdictions)] {
            for word in all {
                has.set(self.known.word(kind, word));
            }
        }
        for skill in &one.skills {
            let (name, level) = skill_of(skill);
            self.known.can(&mut has, name, level);
        }
        for tag in &one.languages {
            has.set(self.known.word("language", &language(tag)));
        }
        Person {
            has,
            room: one.profile.given_at_once().saturating_sub(one.busy()),
            channel_room: self.channels.iter().map(|channel| room_in(one, channel)).collect(),
            load: load(one, now_ms),
            idle_since_ms: one.finished_ms.unwrap_or(one.presence.since_ms).max(one.presence.since_ms),
        }
    }

    fn clients_of(&self, granted: &ClientId) -> Vec<ClientId> {
        if *granted == ClientId::house() { self.clients.clone() } else { vec![granted.clone()] }
    }

    fn channel(&mut self, name: &str) -> usize {
        self.channels.iter().position(|known| known == name).unwrap_or_else(|| {
            self.channels.push(name.to_owned());
            self.channels.len() - 1
        })
    }
}

fn push_group(groups: &mut Vec<Bits>, words: Vec<usize>) {
    if words.is_empty() {
        return;
    }
    let mut group = Bits::default();
    words.into_iter().for_each(|word| group.set(word));
    groups.push(group);
}

fn room_in(one: &Candidate, channel: &str) -> u16 {
    let places = one.profile.channels.get(channel).copied();
    places.map_or(u16::MAX, |places| places.saturating_sub(one.has.get(channel).copied().unwrap_or(0)))
}

/// Share of their time today that they worked.
#[expect(clippy::cast_precision_loss, reason = "a day in milliseconds is exact in a double")]
fn load(one: &Candidate, now_ms: i64) -> f64 {
    let there_ms = one.presence.there_at(now_ms);
    if there_ms <= 0 { 0.0 } else { one.worked_ms as f64 / there_ms as f64 }
}
