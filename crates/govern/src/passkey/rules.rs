//! The standard's two lists, step by step: registering a credential (7.1), and verifying what one has signed (7.2).
//! The numbers in the comments are its steps; those before them are the browser's, or ask the person.

use super::address::Site;
use super::cose::Key;
use super::data::{AuthData, ClientData, under, whole_cbor};
use super::wire::{Assertion, Registration};
use ciborium::Value;
use sha2::{Digest as _, Sha256};

/// Longest id of a credential, bytes (7.1, step 26).
const ID_BYTES_MAX: usize = 1_023;

/// What an answer must fit.
pub(super) struct Expected<'a> {
    pub site: &'a Site,
    /// As it was given out.
    pub challenge: &'a str,
    /// The device must have made sure who it was.
    pub verified: bool,
    /// Something else has shown who it is: the answer need not name its owner.
    pub named: bool,
}

/// A credential that may be kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewKey {
    pub id: Vec<u8>,
    pub key: Vec<u8>,
    pub count: u32,
    pub eligible: bool,
    pub synced: bool,
}

/// A credential as it is kept.
pub(super) struct Known<'a> {
    pub key: &'a [u8],
    /// What names its owner to the device.
    pub handle: &'a [u8],
    pub count: i64,
    pub eligible: bool,
}

/// What an answer leaves behind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub count: u32,
    pub synced: bool,
}

/// Why an answer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    Unread,
    Type,
    Challenge,
    Origin,
    Framed,
    Site,
    NotPresent,
    NotVerified,
    Backup,
    EligibleChanged,
    Key,
    Attestation,
    Id,
    Owner,
    Signature,
    Counter,
}

impl Flaw {
    /// For the person, and for the ledger.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Unread => "the answer is not one of a passkey",
            Self::Type => "the answer is to another question",
            Self::Challenge => "the answer is to another challenge",
            Self::Origin => "the answer was given at another address than this installation's",
            Self::Framed => "the answer was given inside a page of somebody else",
            Self::Site => "the passkey belongs to another site",
            Self::NotPresent => "nobody has touched the device",
            Self::NotVerified => "the device has not made sure who you are: set a PIN, a finger or a face on it",
            Self::Backup => "the device says that the key is kept elsewhere and that it cannot be",
            Self::EligibleChanged => "the key is not of the kind that it was when it was registered",
            Self::Key => "the key is of a kind that is not taken here",
            Self::Attestation => "the statement about the device cannot be taken",
            Self::Id => "the id of the passkey is too long, or not the one that was sent",
            Self::Owner => "the passkey names another owner, or none",
            Self::Signature => "the signature is wrong",
            Self::Counter => {
                "the passkey's counter did not go up: it may have been copied, and opens nothing any more; remove it"
            }
        }
    }
}

fn holds(condition: bool, flaw: Flaw) -> Result<(), Flaw> {
    if condition { Ok(()) } else { Err(flaw) }
}

/// What the browser says: 7.1, steps 5 to 11; 7.2, steps 8 to 14.
fn browser(bytes: &[u8], kind: &str, expected: &Expected) -> Result<(), Flaw> {
    let said = ClientData::read(bytes).ok_or(Flaw::Unread)?;
    holds(said.r#type == kind, Flaw::Type)?;
    holds(said.challenge == expected.challenge, Flaw::Challenge)?;
    holds(said.origin == expected.site.origin, Flaw::Origin)?;
    holds(said.cross_origin != Some(true) && said.top_origin.is_none(), Flaw::Framed)
}

/// What the device says: 7.1, steps 14 to 17; 7.2, steps 15 to 18.
fn device(said: &AuthData, expected: &Expected) -> Result<(), Flaw> {
    holds(said.site_hash[..] == Sha256::digest(&expected.site.name)[..], Flaw::Site)?;
    holds(said.is_present(), Flaw::NotPresent)?;
    holds(said.is_verified() || !expected.verified, Flaw::NotVerified)?;
    holds(said.is_eligible() || !said.is_backed_up(), Flaw::Backup)
}

/// A new credential, or why it is none. Whether it is registered already (step 27), the store says.
pub(super) fn registration(shown: &Registration, expected: &Expected) -> Result<NewKey, Flaw> {
    let answer = &shown.response;
    browser(&answer.client_data.0, "webauthn.create", expected)?;
    let hash = Sha256::digest(&answer.client_data.0); // 12
    let object = whole_cbor(&answer.attestation_object.0).ok_or(Flaw::Unread)?; // 13
    let bytes = under(&object, "authData").and_then(Value::as_bytes).ok_or(Flaw::Unread)?;
    let said = AuthData::read(bytes).ok_or(Flaw::Unread)?;
    device(&said, expected)?;
    let (eligible, synced) = (said.is_eligible(), said.is_backed_up()); // 18, 19: both kinds are taken
    let new = said.attested.ok_or(Flaw::Unread)?;
    let key = Key::read(&new.key).ok_or(Flaw::Key)?; // 20
    // 21: no extensions were asked for; what comes unasked is passed over.
    attestation(&object, &key, &[&bytes[..], &hash[..]].concat())?;
    holds(new.id.len() <= ID_BYTES_MAX && new.id == shown.raw_id.0, Flaw::Id)?; // 26
    Ok(NewKey { id: new.id, key: new.key, count: said.count, eligible, synced })
}

/// The statement about the device: 7.1, steps 22 to 25. None is asked for, so none or the key's own is what comes; whoever
/// makes a device is not asked after.
fn attestation(object: &Value, key: &Key, signed: &[u8]) -> Result<(), Flaw> {
    let format = under(object, "fmt").and_then(Value::as_text).ok_or(Flaw::Unread)?;
    let statement = under(object, "attStmt").filter(|statement| statement.is_map()).ok_or(Flaw::Unread)?;
    let fits = match format {
        "none" => statement.as_map().is_some_and(Vec::is_empty),
        "packed" => {
            let algorithm = under(statement, "alg").and_then(Value::as_integer).map(i128::from);
            let signature = under(statement, "sig").and_then(Value::as_bytes);
            under(statement, "x5c").is_none()
                && algorithm == Some(i128::from(key.algorithm()))
                && signature.is_some_and(|signature| key.has_signed(signed, signature))
        }
        _ => false,
    };
    holds(fits, Flaw::Attestation)
}

/// Whether a known credential has signed this answer. No list of credentials was given (5). The counter comes last: only
/// what the key has signed tells anything of it.
pub(super) fn assertion(shown: &Assertion, known: &Known, expected: &Expected) -> Result<Seen, Flaw> {
    let answer = &shown.response;
    match &answer.user_handle {
        Some(handle) => holds(handle.0 == known.handle, Flaw::Owner)?, // 6
        None => holds(expected.named, Flaw::Owner)?,
    }
    browser(&answer.client_data.0, "webauthn.get", expected)?;
    let bytes = &answer.authenticator_data.0;
    let said = AuthData::read(bytes).ok_or(Flaw::Unread)?;
    device(&said, expected)?;
    holds(said.is_eligible() == known.eligible, Flaw::EligibleChanged)?; // 19
    // 20: as at 21 of registering.
    let signed = [&bytes[..], &Sha256::digest(&answer.client_data.0)[..]].concat(); // 21
    let key = Key::read(known.key).ok_or(Flaw::Key)?;
    holds(key.has_signed(&signed, &answer.signature.0), Flaw::Signature)?; // 22
    let counts = said.count != 0 || known.count != 0;
    holds(!counts || i64::from(said.count) > known.count, Flaw::Counter)?; // 23
    Ok(Seen { count: said.count, synced: said.is_backed_up() })
}
