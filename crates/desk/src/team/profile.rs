//! How much a member takes at once, where they may work, and when.

use baton_base::{ClientId, Error, Event, MemberId, Result};
use baton_cases::hours::{Calendar, CalendarText};
use baton_db::{Tx, params};
use baton_govern::members::{self, MemberPatch};
use baton_govern::{Ctx, Right, ledger};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{json, to_value};
use std::collections::BTreeMap;

/// Pieces of work given at once where nobody has said otherwise.
pub(crate) const PLACES_DEFAULT: u16 = 3;
/// Most pieces of work at once.
const PLACES_MAX: u16 = 50;
/// Longest word of a list, and most words.
const WORD_BYTES_MAX: usize = 64;
const WORDS_MAX: usize = 64;

/// What a member takes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// Where they may act.
    pub jurisdictions: Vec<String>,
    /// Pieces of work at once, over all clients and channels. Where nobody has said so they are given 3, and take as many
    /// as they like.
    pub places: Option<u16>,
    /// The same for single channels: `chat`, `api`, `task`. A channel left out has no limit of its own.
    pub channels: BTreeMap<String, u16>,
    /// When they work; whenever they are there, if it says nothing.
    pub shifts: Option<CalendarText>,
}

impl Profile {
    /// Pieces of work that they are given at once.
    pub fn given_at_once(&self) -> u16 {
        self.places.unwrap_or(PLACES_DEFAULT)
    }

    /// Whether they work at a time, as far as their shifts say.
    pub fn is_on_shift(&self, at_ms: i64) -> bool {
        let calendar = self.shifts.as_ref().and_then(|text| Calendar::read(text).ok());
        calendar.is_none_or(|calendar| calendar.is_open(at_ms))
    }

    fn check(&self) -> Result<()> {
        let bad = |place: &str, what: &str, how: &str| Err(Error::invalid_at(place, what, how));
        if self.places.is_some_and(|places| !(1..=PLACES_MAX).contains(&places)) {
            return bad("/places", "so many pieces of work at once cannot be", "give 1 to 50");
        }
        if self.channels.len() > WORDS_MAX || self.channels.values().any(|places| *places > PLACES_MAX) {
            return bad("/channels", "so many at once cannot be", "give 0 to 50 for each channel");
        }
        check_words("/jurisdictions", &self.jurisdictions)?;
        match self.shifts.as_ref().map(Calendar::read) {
            Some(Err(what)) => bad("/shifts", &what, "correct the hours"),
            Some(Ok(_)) | None => Ok(()),
        }
    }
}

/// What a member can do and takes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakesOn {
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// What they can do; `motor:3` is level 3 of 5.
    pub skills: Vec<String>,
    /// Languages they write.
    pub languages: Vec<String>,
    /// What they are licensed for.
    pub licences: Vec<String>,
    /// The rest.
    #[serde(flatten)]
    pub profile: Profile,
}

/// What changes of a member; `None` stays. Skills, languages and licences want the right to administer members.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfilePatch {
    /// What they can do; `motor:3` is level 3 of 5.
    pub skills: Option<Vec<String>>,
    /// Languages they write.
    pub languages: Option<Vec<String>>,
    /// What they are licensed for.
    pub licences: Option<Vec<String>>,
    /// Where they may act.
    pub jurisdictions: Option<Vec<String>>,
    /// Pieces of work at once.
    pub places: Option<u16>,
    /// The same for single channels.
    pub channels: Option<BTreeMap<String, u16>>,
    /// When they work; given and `None`: whenever they are there.
    #[serde(default, deserialize_with = "given")]
    pub shifts: Option<Option<CalendarText>>,
}

/// What is there and `null` is not the same as what is left out.
fn given<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Option<CalendarText>>, D::Error> {
    Option::deserialize(from).map(Some)
}

fn check_words(place: &str, words: &[String]) -> Result<()> {
    let fits =
        |word: &String| !word.trim().is_empty() && word.len() <= WORD_BYTES_MAX && !word.chars().any(char::is_control);
    if words.len() <= WORDS_MAX && words.iter().all(fits) {
        return Ok(());
    }
    Err(Error::invalid_at(place, "the list cannot be kept", "give at most 64 words of at most 64 bytes"))
}

/// A colleague of the context's client; whoever has no role there does not exist.
pub(crate) fn colleague(tx: &mut Tx, ctx: &Ctx, member: &MemberId) -> Result<()> {
    if members::roles(tx, &ctx.client, member)?.is_empty() {
        return Err(Error::not_found(format!("member {member}")));
    }
    Ok(())
}

/// What a member takes on.
pub fn profile(tx: &mut Tx, member: &MemberId) -> Result<Profile> {
    let sql = "SELECT profile FROM desk_profile WHERE client_id = $1 AND member_id = $2";
    let said: Option<Profile> = tx.query_opt(sql, params![ClientId::house(), member], |r| r.json_as(0))?;
    Ok(said.unwrap_or_default())
}

/// What a colleague can do and takes on.
pub fn takes_on(tx: &mut Tx, ctx: &Ctx, member: &MemberId) -> Result<TakesOn> {
    ctx.allow(Right::MemberRead)?;
    colleague(tx, ctx, member)?;
    let found = members::get(tx, member)?;
    let (name, skills, languages, licences) = (found.name, found.skills, found.languages, found.licences);
    Ok(TakesOn { member: member.clone(), name, skills, languages, licences, profile: profile(tx, member)? })
}

/// A profile holds wherever its member works: whoever changes it leads the team at every client of theirs.
fn leads(tx: &mut Tx, ctx: &Ctx, member: &MemberId) -> Result<()> {
    ctx.allow(Right::TeamWrite)?;
    colleague(tx, ctx, member)?;
    for grant in members::grants(tx, member)? {
        let there = ctx.for_client(&grant.client);
        if there.and_then(|there| there.allow(Right::TeamWrite)).is_err() {
            let reason = "this member also works where you lead no team; ask whoever leads all of their clients";
            return Err(Error::refused(reason, vec![format!("right:{}", Right::TeamWrite.name())]));
        }
    }
    Ok(())
}

/// Changes what a member takes on, at every client of theirs: the caller leads the team at all of them, and administers the
/// member for what decides which work they may sign.
pub fn set_profile(tx: &mut Tx, ctx: &Ctx, member: &MemberId, patch: ProfilePatch) -> Result<Profile> {
    leads(tx, ctx, member)?;
    let (skills, languages, licences) = (patch.skills, patch.languages, patch.licences);
    let mut facts = json!({});
    for (name, words) in [("skills", &skills), ("languages", &languages), ("licences", &licences)] {
        words.iter().for_each(|words| facts[name] = json!(words));
    }
    if skills.is_some() || languages.is_some() || licences.is_some() {
        for (place, words) in [("/skills", &skills), ("/languages", &languages), ("/licences", &licences)] {
            check_words(place, words.as_deref().unwrap_or_default())?;
        }
        let patch = MemberPatch { skills, languages, licences, ..MemberPatch::default() };
        members::update(tx, ctx, member, &patch)?;
    }
    let mut profile = profile(tx, member)?;
    if let Some(jurisdictions) = patch.jurisdictions {
        // As a licence does, it decides what somebody may sign.
        members::administers(tx, ctx, member)?;
        profile.jurisdictions = jurisdictions;
    }
    profile.places = patch.places.or(profile.places);
    profile.channels = patch.channels.unwrap_or(profile.channels);
    profile.shifts = patch.shifts.unwrap_or(profile.shifts);
    profile.check()?;
    let text = to_value(&profile).map_err(Error::broken)?;
    tx.execute(
        "INSERT INTO desk_profile (client_id, member_id, profile, changed_by, changed_ms) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (client_id, member_id) DO UPDATE SET profile = excluded.profile, changed_by = excluded.changed_by, \
         changed_ms = excluded.changed_ms",
        params![ClientId::house(), member, text, ctx.actor.to_string(), ctx.now_ms()],
    )?;
    facts["places"] = json!(profile.places);
    facts["channels"] = json!(profile.channels);
    facts["jurisdictions"] = json!(profile.jurisdictions);
    facts["shifts"] = json!(profile.shifts);
    ledger::append(tx, ctx, Event::new(&ctx.client, "member.profile_changed", member).with(facts))?;
    Ok(profile)
}
