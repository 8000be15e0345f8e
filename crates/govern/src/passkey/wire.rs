//! What a browser sends: the standard's JSON of a credential (`RegistrationResponseJSON`, `AuthenticationResponseJSON`).
//! Members of it that are not needed here are passed over, as browsers add some.

use super::data::ClientData;
use super::decoded;
use serde::{Deserialize, Deserializer};

/// Largest value, bytes; the attestations of some devices hold certificates.
const VALUE_BYTES_MAX: usize = 64 * 1024;

/// Bytes, base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bytes(pub Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = decoded(&text).filter(|bytes| bytes.len() <= VALUE_BYTES_MAX);
        bytes.map(Self).ok_or_else(|| serde::de::Error::custom("not base64url, or too long"))
    }
}

/// A new credential.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    pub(super) raw_id: Bytes,
    pub(super) response: Attestation,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attestation {
    #[serde(rename = "clientDataJSON")]
    pub client_data: Bytes,
    pub attestation_object: Bytes,
    #[serde(default)]
    pub transports: Vec<String>,
}

/// What a credential has signed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    pub(super) raw_id: Bytes,
    pub(super) response: Signature,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Signature {
    #[serde(rename = "clientDataJSON")]
    pub client_data: Bytes,
    pub authenticator_data: Bytes,
    pub signature: Bytes,
    #[serde(default)]
    pub user_handle: Option<Bytes>,
}

/// The challenge that an answer says it is to; empty if it says none.
fn challenge_in(client_data: &Bytes) -> String {
    ClientData::read(&client_data.0).map(|data| data.challenge).unwrap_or_default()
}

impl Registration {
    pub(super) fn challenge(&self) -> String {
        challenge_in(&self.response.client_data)
    }
}

impl Assertion {
    pub(super) fn challenge(&self) -> String {
        challenge_in(&self.response.client_data)
    }

    /// The credential's id as it is stored.
    pub(super) fn credential(&self) -> String {
        super::encoded(&self.raw_id.0)
    }
}
