//! Two nodes on one PostgreSQL, four members each, all after the same items: nobody's twice.

use super::{Options, figure};
use anyhow::{Context, Result};
use baton_base::{Bundle, ClientId, Error, IdSource, MemberId, ReleaseId, SystemClock, WorkItemId};
use baton_db::Db;
use baton_desk::{Desk, Form, Intake, Kind, Needs, NewItem, OnDone, claim, open_item};
use baton_govern::members::{self, NewMember};
use baton_govern::{Ctx, Env, Role};
use baton_testkit::PgServer;
use std::sync::Arc;
use std::time::Instant;

const MEMBERS: usize = 8;
/// Items opened in one transaction.
const BATCH: usize = 200;

pub(super) async fn measure(options: &Options) -> Result<bool> {
    let url = tokio::task::spawn_blocking(|| PgServer::shared().map(PgServer::fresh_database)).await?;
    let Some(url) = url else {
        println!("claims on two nodes: not measured, PostgreSQL is switched off");
        return Ok(true);
    };
    let nodes = [Db::open(&url).await?, Db::open(&url).await?];
    nodes[0].migrate().await?;
    let client = ClientId::known("acme");
    let desk = Desk::default();
    let intake = Intake::load(&Bundle::default()).map_err(|found| anyhow::anyhow!("{found:?}"))?;
    desk.intake.put_live(&client, &ReleaseId::known("rel_1"), Arc::new(intake));
    let env = Env::new(Arc::new(SystemClock), Arc::new(IdSource::seeded(5)));
    let members = members(&nodes[0], &env, &client).await?;
    let items = Arc::new(open(&nodes[0], &env, &client, &desk, options.races).await?);
    let began = Instant::now();
    let mut tries = Vec::new();
    for (n, ctx) in members.into_iter().enumerate() {
        let (db, items) = (nodes[n % 2].clone(), Arc::clone(&items));
        tries.push(tokio::spawn(async move {
            let mut won = Vec::new();
            for item in items.iter() {
                let (ctx, id) = (ctx.clone(), item.clone());
                match db.write(move |tx| claim(tx, &ctx, &id)).await {
                    Ok(_) => won.push(item.clone()),
                    Err(Error::Conflict(_)) => {}
                    Err(other) => return Err(other),
                }
            }
            Ok(won)
        }));
    }
    let mut won: Vec<WorkItemId> = Vec::new();
    for one in tries {
        won.extend(one.await??);
    }
    let claims = won.len();
    won.sort();
    won.dedup();
    let took = began.elapsed().as_secs_f64();
    println!(
        "{:<70} {:>10.0} /s",
        format!("claims tried by {MEMBERS} members on two nodes, PostgreSQL"),
        (options.races * MEMBERS) as f64 / took
    );
    let lost = options.races - won.len();
    println!("{:<70} {lost:>10}", format!("of {} items, claimed by nobody", options.races));
    for node in nodes {
        node.close().await;
    }
    Ok(figure("claimed twice", (claims - won.len()) as f64, "", 0.5) & (lost == 0))
}

async fn members(db: &Db, env: &Arc<Env>, client: &ClientId) -> Result<Vec<Ctx>> {
    let mut all = Vec::new();
    for n in 0..MEMBERS {
        let house = Ctx::system(env, &ClientId::house(), "bench");
        let new = NewMember { email: format!("m{n}@example.org"), name: format!("m{n}"), ..NewMember::default() };
        let id: MemberId = db.write(move |tx| members::create(tx, &house, &new)).await.context("a member")?;
        all.push(Ctx::member(env, client, &id, &[Role::HumanAgent]));
    }
    Ok(all)
}

async fn open(db: &Db, env: &Arc<Env>, client: &ClientId, desk: &Desk, count: usize) -> Result<Vec<WorkItemId>> {
    let mut items = Vec::with_capacity(count);
    while items.len() < count {
        let (ctx, desk, batch) = (Ctx::system(env, client, "bench"), desk.clone(), BATCH.min(count - items.len()));
        items.extend(
            db.write(move |tx| {
                (0..batch).map(|_| open_item(tx, &ctx, &desk, item(&ctx))).collect::<Result<Vec<_>, _>>()
            })
            .await?,
        );
    }
    Ok(items)
}

fn item(ctx: &Ctx) -> NewItem {
    NewItem {
        kind: Kind::Review,
        queue: None,
        title: "A review".to_owned(),
        case: None,
        waiting: None,
        run: None,
        packet: None,
        form: Form::approval(),
        needs: Needs::default(),
        priority: 5,
        requested_by: ctx.actor.clone(),
        due_in_ms: None,
        on_done: OnDone::Case,
    }
}
