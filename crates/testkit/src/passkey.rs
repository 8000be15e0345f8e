//! A device that holds one passkey, and the browser before it: it makes keys, and answers challenges, in the bytes of the
//! standard (Web Authentication level 3, CTAP 2, COSE), written here by hand. A test may change what either says before it
//! is signed.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Flags of what a device says: somebody touched it, it made sure who, the key may be kept elsewhere, and is.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// Bytes as the standard's JSON writes them.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256, `-7`.
    Es256,
    /// Ed25519, `-8`.
    EdDsa,
    /// RSA with 2,048 bits, `-257`.
    Rs256,
}

enum Secret {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// What browser and device say in one answer; a test may change it.
#[derive(Debug, Clone)]
pub struct Said {
    /// The browser's: `type`, `challenge`, `origin`, `crossOrigin`.
    pub client: Value,
    /// The name of the site whose digest the device signs.
    pub site: String,
    /// Flags of the device's data.
    pub flags: u8,
    /// The device's counter.
    pub count: u32,
    /// Id of the credential, in the signed data.
    pub id: Vec<u8>,
    /// Id of the credential, beside it.
    pub raw_id: Vec<u8>,
    /// The public key (COSE).
    pub key: Vec<u8>,
    /// Bytes after all others of the device's data.
    pub more: Vec<u8>,
    /// Format of the statement about the device: `none`, or `packed` for the key's own.
    pub format: String,
    /// The statement itself, in place of the one that fits the format.
    pub statement: Option<Vec<u8>>,
    /// Who holds the passkey, as the device knows it.
    pub handle: Option<Vec<u8>>,
    /// The signature is of something else.
    pub forged: bool,
}

/// A device with one passkey.
pub struct Device {
    /// Id of the credential.
    pub id: Vec<u8>,
    /// Who holds it; known from registering.
    pub handle: Vec<u8>,
    /// How often it has signed; a device that does not count has `None`.
    pub count: Option<u32>,
    /// What it says of itself: touched and verified, unless changed.
    pub flags: u8,
    secret: Secret,
}

impl Device {
    /// A device with a new key. It counts how often it signs.
    ///
    /// # Panics
    /// When the machine has no randomness.
    pub fn new(kind: KeyKind) -> Self {
        let mut id = vec![0; 32];
        fill(&mut id).expect("randomness");
        let secret = match kind {
            KeyKind::Es256 => {
                Secret::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a P-256 key"))
            }
            KeyKind::EdDsa => Secret::Ed25519(Ed25519KeyPair::generate().expect("an Ed25519 key")),
            KeyKind::Rs256 => Secret::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key")),
        };
        Self { id, handle: Vec::new(), count: Some(0), flags: PRESENT | VERIFIED, secret }
    }

    fn key(&self) -> Vec<u8> {
        match &self.secret {
            Secret::P256(pair) => {
                let point: &[u8] = pair.public_key().as_ref();
                let (x, y) = (bytes(&point[1..33]), bytes(&point[33..]));
                map(&[(int(1), int(2)), (int(3), int(-7)), (int(-1), int(1)), (int(-2), x), (int(-3), y)])
            }
            Secret::Ed25519(pair) => {
                let x = bytes(pair.public_key().as_ref());
                map(&[(int(1), int(1)), (int(3), int(-8)), (int(-1), int(6)), (int(-2), x)])
            }
            Secret::Rsa(pair) => {
                let public = pair.public_key();
                let n = bytes(public.modulus().big_endian_without_leading_zero());
                let e = bytes(public.exponent().big_endian_without_leading_zero());
                map(&[(int(1), int(3)), (int(3), int(-257)), (int(-1), n), (int(-2), e)])
            }
        }
    }

    fn algorithm(&self) -> i64 {
        match self.secret {
            Secret::P256(_) => -7,
            Secret::Ed25519(_) => -8,
            Secret::Rsa(_) => -257,
        }
    }

    fn sign_bytes(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.secret {
            Secret::P256(pair) => pair.sign(&random, message).expect("a signature").as_ref().to_vec(),
            Secret::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Secret::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("a signature");
                signature
            }
        }
    }

    fn next(&mut self) -> u32 {
        self.count = self.count.map(|count| count + 1);
        self.count.unwrap_or(0)
    }

    fn said(&mut self, kind: &str, options: &Value, site: &Value, origin: &str) -> Said {
        Said {
            client: json!({
                "type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": false,
            }),
            site: site.as_str().expect("options name a site").to_owned(),
            flags: self.flags,
            count: self.next(),
            id: self.id.clone(),
            raw_id: self.id.clone(),
            key: self.key(),
            more: Vec::new(),
            format: "none".to_owned(),
            statement: None,
            handle: Some(self.handle.clone()),
            forged: false,
        }
    }

    /// Makes the passkey that a site asks for (`PublicKeyCredentialCreationOptionsJSON`), in a page at this origin.
    pub fn register(&mut self, options: &Value, origin: &str) -> Value {
        self.register_saying(options, origin, |_| ())
    }

    /// The same, with something changed before it is signed.
    ///
    /// # Panics
    /// When the options are none.
    pub fn register_saying(&mut self, options: &Value, origin: &str, change: impl FnOnce(&mut Said)) -> Value {
        let handle = options["user"]["id"].as_str().expect("options name a user");
        self.handle = URL_SAFE_NO_PAD.decode(handle).expect("base64url");
        let mut said = self.said("webauthn.create", options, &options["rp"]["id"], origin);
        said.flags |= ATTESTED;
        change(&mut said);
        let client = said.client.to_string().into_bytes();
        let mut data = plain(&said);
        if said.flags & ATTESTED != 0 {
            data.extend([0; 16]);
            data.extend(u16::try_from(said.id.len()).expect("an id of at most 64 KiB").to_be_bytes());
            data.extend(&said.id);
            data.extend(&said.key);
        }
        data.extend(&said.more);
        let signature = self.over(&data, &client, said.forged);
        let own = map(&[(text("alg"), int(self.algorithm())), (text("sig"), bytes(&signature))]);
        let statement = match (said.statement, said.format.as_str()) {
            (Some(statement), _) => statement,
            (None, "packed") => own,
            (None, _) => map(&[]),
        };
        let object =
            map(&[(text("fmt"), text(&said.format)), (text("attStmt"), statement), (text("authData"), bytes(&data))]);
        json!({
            "id": base64url(&said.raw_id), "rawId": base64url(&said.raw_id), "type": "public-key",
            "authenticatorAttachment": "cross-platform", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&client), "attestationObject": base64url(&object), "transports": ["usb"],
            },
        })
    }

    /// Answers what a site asks for (`PublicKeyCredentialRequestOptionsJSON`), in a page at this origin.
    pub fn sign(&mut self, options: &Value, origin: &str) -> Value {
        self.sign_saying(options, origin, |_| ())
    }

    /// The same, with something changed before it is signed.
    ///
    /// # Panics
    /// When the options are none.
    pub fn sign_saying(&mut self, options: &Value, origin: &str, change: impl FnOnce(&mut Said)) -> Value {
        let mut said = self.said("webauthn.get", options, &options["rpId"], origin);
        change(&mut said);
        let client = said.client.to_string().into_bytes();
        let data = [plain(&said), said.more.clone()].concat();
        let signature = self.over(&data, &client, said.forged);
        json!({
            "id": base64url(&said.raw_id), "rawId": base64url(&said.raw_id), "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&client), "authenticatorData": base64url(&data),
                "signature": base64url(&signature), "userHandle": said.handle.map(|handle| base64url(&handle)),
            },
        })
    }

    fn over(&self, data: &[u8], client: &[u8], forged: bool) -> Vec<u8> {
        let last: &[u8] = if forged { b"something else" } else { b"" };
        self.sign_bytes(&[data, digest(&SHA256, client).as_ref(), last].concat())
    }
}

/// Digest of the site, flags, counter.
fn plain(said: &Said) -> Vec<u8> {
    let site = digest(&SHA256, said.site.as_bytes());
    let site: &[u8] = site.as_ref();
    [site, &[said.flags], &said.count.to_be_bytes()].concat()
}

/// The head of a CBOR value: what kind it is, and how long or how much.
fn head(kind: u8, number: u64) -> Vec<u8> {
    let kind = kind << 5;
    if let Ok(small) = u8::try_from(number) {
        return if small < 24 { vec![kind | small] } else { vec![kind | 24, small] };
    }
    match u16::try_from(number) {
        Ok(number) => [&[kind | 25][..], &number.to_be_bytes()].concat(),
        Err(_) => [&[kind | 27][..], &number.to_be_bytes()].concat(),
    }
}

fn int(number: i64) -> Vec<u8> {
    if number < 0 { head(1, (-1 - number).unsigned_abs()) } else { head(0, number.unsigned_abs()) }
}

fn bytes(value: &[u8]) -> Vec<u8> {
    [head(2, value.len() as u64), value.to_vec()].concat()
}

fn text(value: &str) -> Vec<u8> {
    [head(3, value.len() as u64), value.as_bytes().to_vec()].concat()
}

fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut all = head(5, pairs.len() as u64);
    for (name, value) in pairs {
        all.extend(name);
        all.extend(value);
    }
    all
}
