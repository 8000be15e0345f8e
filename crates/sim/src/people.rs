//! Who writes from outside: new cases, customers, other systems' events, people at their work, operators.

use crate::deliver::{Delivery, What};
use crate::play::{CLIENTS, Sim, TROUBLE_MS};
use crate::processes::EVENTS;
use crate::queue::Happening;
use crate::totals::Kind;
use baton_base::{CallId, ClientId, Result, RunId};
use baton_db::{Tx, params};
use baton_engine::RunEvent;
use baton_runs::journal;
use serde_json::json;

/// Between two looks of people at what waits for them, milliseconds.
const ROUNDS_MS: (i64, i64) = (40_000, 90_000);

impl Sim {
    /// A delivery with an id of its own.
    pub fn delivery(&mut self, client: &ClientId, what: What) -> Delivery {
        self.next_id += 1;
        Delivery { id: format!("d{}", self.next_id), client: client.clone(), what }
    }

    /// Everything that begins by itself in this world.
    pub fn plan_arrivals(&mut self, arrivals: (i64, i64)) {
        let count = self.dice.between(arrivals.0, arrivals.1);
        for nth in 0..count {
            let client = ClientId::known(*self.dice.pick(CLIENTS));
            let process = self.dice.pick(&self.library.entries).clone();
            let items: Vec<i64> = (0..self.dice.between(0, 3)).collect();
            let input = json!({"ref": format!("r{nth}"), "n": self.dice.between(0, 7), "items": items});
            let delivery = self.delivery(&client, What::Start { process, input });
            let at_ms = self.dice.between(0, TROUBLE_MS * 9 / 10);
            self.plan(at_ms, Happening::Send(Box::new(delivery)));
            self.plan_event(at_ms, nth);
        }
        self.plan(ROUNDS_MS.0, Happening::Rounds);
        if self.troubled {
            self.plan(30_000, Happening::Trouble);
        }
    }

    /// An event about a run, some time after it began.
    fn plan_event(&mut self, at_ms: i64, nth: i64) {
        if self.dice.chance(600) {
            let client = ClientId::known(*self.dice.pick(CLIENTS));
            let kind = (*self.dice.pick(EVENTS)).to_owned();
            let event = self.delivery(&client, What::Event { kind, reference: format!("r{nth}") });
            let late_ms = self.dice.between(1_000, 1_500_000);
            self.plan(at_ms + late_ms, Happening::Send(Box::new(event)));
        }
    }

    /// What a customer does once the run has begun.
    pub fn follow_up(&mut self, client: &ClientId, run: &RunId) {
        let mut at_ms = 0;
        for _ in 0..self.dice.between(0, 5) {
            // Bursts and long silences.
            at_ms += if self.dice.chance(500) { self.dice.between(0, 800) } else { self.dice.between(5_000, 900_000) };
            let message = self.delivery(client, What::Message { run: run.clone() });
            self.plan(at_ms, Happening::Send(Box::new(message)));
        }
        if self.troubled {
            self.plan_orders(client, run);
        }
        if self.troubled && self.dice.chance(40) {
            let cancel = self.delivery(client, What::Cancel { run: run.clone() });
            let at_ms = self.dice.between(0, 1_800_000);
            self.totals.fault(Kind::OperatorCancels);
            self.plan(at_ms, Happening::Send(Box::new(cancel)));
        }
    }

    /// People see what waits for them and decide when they answer: soon, late, or never.
    pub async fn rounds(&mut self) -> Result<()> {
        let waiting = self.storage.front().db.read(|tx| open_calls(tx, "ask")).await?;
        for (client, run, call) in waiting {
            if !self.noticed.insert(call.to_string()) || self.dice.chance(120) {
                continue;
            }
            let answer = self.delivery(&client, What::Answer { run, call });
            let in_ms = if self.dice.chance(800) {
                self.dice.between(10_000, 1_500_000)
            } else {
                self.dice.between(1_500_000, 9_000_000)
            };
            self.plan(in_ms, Happening::Send(Box::new(answer)));
        }
        if self.troubled {
            self.timer_again().await?;
            self.retry_some().await?;
        }
        let next_ms = self.dice.between(ROUNDS_MS.0, ROUNDS_MS.1);
        self.plan(next_ms, Happening::Rounds);
        Ok(())
    }

    /// A timer of some run that has fired is delivered once more.
    async fn timer_again(&mut self) -> Result<()> {
        if self.started.is_empty() {
            return Ok(());
        }
        let (client, run) = self.dice.pick(&self.started).clone();
        let (of, about) = (client.clone(), run.clone());
        let fired = self.storage.front().db.read(move |tx| fired_timers(tx, &of, &about)).await?;
        if fired.is_empty() {
            return Ok(());
        }
        let call = self.dice.pick(&fired).clone();
        self.totals.fault(Kind::TimerTwice);
        let again = self.delivery(&client, What::Timer { run, call });
        self.plan(0, Happening::Send(Box::new(again)));
        Ok(())
    }
}

/// Open calls of a function that wait for an answer.
pub(crate) fn open_calls(tx: &mut Tx, function: &str) -> Result<Vec<(ClientId, RunId, CallId)>> {
    // every client: the people of the simulation work for all of them
    let sql = "SELECT client_id, run_id, call_id FROM run_call WHERE function = $1 AND state = 'pending' \
               AND args NOT LIKE '%never%' ORDER BY client_id, run_id, call_id";
    tx.query(sql, params![function], |row| Ok((row.id(0)?, row.id(1)?, row.id(2)?)))
}

fn fired_timers(tx: &mut Tx, client: &ClientId, run: &RunId) -> Result<Vec<CallId>> {
    let fired = journal(tx, client, run)?.into_iter().filter_map(|(event, _)| match event {
        RunEvent::TimerFired { call } => Some(call),
        _ => None,
    });
    Ok(fired.collect())
}
