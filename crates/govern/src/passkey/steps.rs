//! Each step of the standard's two lists (7.1, 7.2), with an answer that fails it, made by a device that signs what it says.

use super::address::Site;
use super::cose::Key;
use super::data::{under, whole_cbor};
use super::rules::{self, Expected, Flaw, Known, NewKey, Seen};
use super::wire::{Assertion, Registration};
use baton_testkit::{Device, KeyKind, Said, base64url};
use serde_json::{Value, json};

const ORIGIN: &str = "https://baton.example.org";
const CHALLENGE: &str = "c29tZSBieXRlcyB0aGF0IG5vYm9keSBjYW4gZ3Vlc3M";
const OWNER: &[u8] = b"mem_1";

fn site() -> Site {
    Site::of(ORIGIN).unwrap()
}

fn creation() -> Value {
    json!({"challenge": CHALLENGE, "rp": {"id": "baton.example.org"}, "user": {"id": base64url(OWNER)}})
}

fn request() -> Value {
    json!({"challenge": CHALLENGE, "rpId": "baton.example.org"})
}

fn register_with(device: &mut Device, change: impl FnOnce(&mut Said)) -> Result<NewKey, Flaw> {
    let shown: Registration =
        serde_json::from_value(device.register_saying(&creation(), ORIGIN, change)).expect("an answer");
    let expected = Expected { site: &site(), challenge: CHALLENGE, verified: true, named: true };
    rules::registration(&shown, &expected)
}

fn register(change: impl FnOnce(&mut Said)) -> Result<NewKey, Flaw> {
    register_with(&mut Device::new(KeyKind::Es256), change)
}

/// Registers, and then answers with something changed.
fn sign(alone: bool, change: impl FnOnce(&mut Said)) -> Result<Seen, Flaw> {
    let mut device = Device::new(KeyKind::Es256);
    let new = register_with(&mut device, |_| ()).unwrap();
    answer(&mut device, &new, alone, change)
}

fn answer(device: &mut Device, new: &NewKey, alone: bool, change: impl FnOnce(&mut Said)) -> Result<Seen, Flaw> {
    let shown: Assertion = serde_json::from_value(device.sign_saying(&request(), ORIGIN, change)).expect("an answer");
    let known = Known { key: &new.key, handle: OWNER, count: i64::from(new.count), eligible: new.eligible };
    let expected = Expected { site: &site(), challenge: CHALLENGE, verified: alone, named: !alone };
    rules::assertion(&shown, &known, &expected)
}

/// A change of what the browser says.
fn says(name: &'static str, value: Value) -> impl Fn(&mut Said) {
    move |said| said.client[name] = value.clone()
}

#[test]
fn keys_of_all_three_kinds_are_registered_and_sign() {
    for kind in [KeyKind::Es256, KeyKind::EdDsa, KeyKind::Rs256] {
        for format in ["none", "packed"] {
            let mut device = Device::new(kind);
            let new = register_with(&mut device, |said| said.format = format.to_owned()).unwrap();
            assert_eq!((&new.id, new.count, new.eligible, new.synced), (&device.id, 1, false, false), "{kind:?}");
            let seen = answer(&mut device, &new, true, |_| ()).unwrap();
            assert_eq!(seen, Seen { count: 2, synced: false }, "{kind:?} {format}");
            let forged = answer(&mut device, &new, true, |said| said.forged = true);
            assert_eq!(forged, Err(Flaw::Signature), "{kind:?} {format}");
        }
    }
}

#[test]
fn a_registration_that_fails_a_step_is_refused_for_it() {
    assert_eq!(register(says("type", json!("webauthn.get"))), Err(Flaw::Type), "7");
    assert_eq!(register(says("challenge", json!("AAAA"))), Err(Flaw::Challenge), "8");
    for origin in ["https://evil.example", "http://baton.example.org", "https://baton.example.org:444"] {
        assert_eq!(register(says("origin", json!(origin))), Err(Flaw::Origin), "9 {origin}");
    }
    assert_eq!(register(says("crossOrigin", json!(true))), Err(Flaw::Framed), "10");
    assert_eq!(register(says("topOrigin", json!("https://evil.example"))), Err(Flaw::Framed), "11");
    assert_eq!(register(says("origin", json!(7))), Err(Flaw::Unread), "6");
    assert_eq!(register(|said| said.site = "example.org".to_owned()), Err(Flaw::Site), "14");
    assert_eq!(register(|said| said.flags = 0x44), Err(Flaw::NotPresent), "15");
    assert_eq!(register(|said| said.flags = 0x41), Err(Flaw::NotVerified), "16");
    assert_eq!(register(|said| said.flags = 0x55), Err(Flaw::Backup), "17");
    assert_eq!(register(|said| said.flags = 0x05), Err(Flaw::Unread), "20: there is no credential");
    // 26: the id is too long, or not the one that was sent beside it.
    let long = |said: &mut Said| (said.id, said.raw_id) = (vec![7; 1_024], vec![7; 1_024]);
    assert_eq!(register(long), Err(Flaw::Id));
    assert_eq!(register(|said| said.raw_id[0] ^= 1), Err(Flaw::Id));
    let longest = |said: &mut Said| (said.id, said.raw_id) = (vec![7; 1_023], vec![7; 1_023]);
    assert!(register(longest).is_ok());
    // 13: more than there should be. 21: what was not asked for is passed over.
    assert_eq!(register(|said| said.more = vec![0]), Err(Flaw::Unread));
    let extended = |said: &mut Said| (said.flags, said.more) = (said.flags | 0x80, vec![0xa0]);
    assert!(register(extended).is_ok());
}

#[test]
fn a_key_that_is_none_or_of_another_kind_is_refused() {
    // 20: ES384, whose number is -35; P-521; a point beside the curve; a coordinate too short; no map at all.
    let point = [&[0x21_u8, 0x58, 0x20][..], &[1; 32], &[0x22, 0x58, 0x20], &[1; 32]].concat();
    let beside = [&[0xa5_u8, 1, 2, 3, 0x26, 0x20, 1][..], &point[..]].concat();
    let others = [
        [&[0xa5_u8, 1, 2, 3, 0x38, 0x22, 0x20, 1][..], &point[..]].concat(),
        [&[0xa5_u8, 1, 2, 3, 0x26, 0x20, 3][..], &point[..]].concat(),
        vec![0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x41, 1, 0x22, 0x41, 1],
        beside,
        vec![0xa1, 1, 2],
        vec![0x80],
    ];
    for key in others {
        assert!(Key::read(&key).is_none(), "{key:?}");
        assert_eq!(register(|said| said.key.clone_from(&key)), Err(Flaw::Key), "{key:?}");
    }
    // An RSA key of 512 bits.
    let small = [&[0xa4_u8, 1, 3, 3, 0x39, 1, 0, 0x20, 0x58, 64][..], &[0xff; 64], &[0x21, 0x43, 1, 0, 1]].concat();
    assert!(whole_cbor(&small).is_some() && Key::read(&small).is_none());
}

#[test]
fn a_statement_about_the_device_is_none_or_the_keys_own() {
    let other = |format: &'static str| move |said: &mut Said| said.format = format.to_owned();
    for format in ["fido-u2f", "tpm", "apple", "android-key", ""] {
        assert_eq!(register(other(format)), Err(Flaw::Attestation), "22 {format}");
    }
    // 23: something where nothing should be; nothing where the key should have signed; a signature of something else.
    let filled = |said: &mut Said| said.statement = Some(vec![0xa1, 0x61, b'x', 1]);
    assert_eq!(register(filled), Err(Flaw::Attestation));
    let empty = |said: &mut Said| (said.format, said.statement) = ("packed".to_owned(), Some(vec![0xa0]));
    assert_eq!(register(empty), Err(Flaw::Attestation));
    let forged = |said: &mut Said| (said.format, said.forged) = ("packed".to_owned(), true);
    assert_eq!(register(forged), Err(Flaw::Attestation));
    let list = |said: &mut Said| said.statement = Some(vec![0x80]);
    assert_eq!(register(list), Err(Flaw::Unread));
    // Certificates of makers are not looked at, so that a statement with them is not taken.
    let certified = |said: &mut Said| {
        said.format = "packed".to_owned();
        said.statement = Some(vec![0xa1, 0x63, b'x', b'5', b'c', 0x80]);
    };
    assert_eq!(register(certified), Err(Flaw::Attestation));
    let object = whole_cbor(&[0xa1, 0x63, b'f', b'm', b't', 1]).unwrap();
    assert!(under(&object, "fmt").is_some() && under(&object, "attStmt").is_none());
}

#[test]
fn an_answer_that_fails_a_step_is_refused_for_it() {
    assert!(sign(true, |_| ()).is_ok());
    // 6: it must name its owner where nothing else does, and never another.
    assert_eq!(sign(true, |said| said.handle = None), Err(Flaw::Owner));
    assert!(sign(false, |said| said.handle = None).is_ok());
    for alone in [true, false] {
        assert_eq!(sign(alone, |said| said.handle = Some(b"mem_2".to_vec())), Err(Flaw::Owner));
    }
    assert_eq!(sign(true, says("type", json!("webauthn.create"))), Err(Flaw::Type), "10");
    assert_eq!(sign(true, says("challenge", json!("AAAA"))), Err(Flaw::Challenge), "11");
    assert_eq!(sign(true, says("origin", json!("https://evil.example"))), Err(Flaw::Origin), "12");
    assert_eq!(sign(true, says("crossOrigin", json!(true))), Err(Flaw::Framed), "13");
    assert_eq!(sign(true, says("topOrigin", json!(ORIGIN))), Err(Flaw::Framed), "14");
    assert_eq!(sign(true, |said| said.site = "example.org".to_owned()), Err(Flaw::Site), "15");
    assert_eq!(sign(true, |said| said.flags = 0x04), Err(Flaw::NotPresent), "16");
    assert_eq!(sign(true, |said| said.flags = 0x01), Err(Flaw::NotVerified), "17");
    assert!(sign(false, |said| said.flags = 0x01).is_ok(), "17: a password has shown who it is");
    assert_eq!(sign(true, |said| said.flags = 0x15), Err(Flaw::Backup), "18");
    assert_eq!(sign(true, |said| said.flags = 0x0d), Err(Flaw::EligibleChanged), "19");
    assert_eq!(sign(true, |said| said.more = vec![0]), Err(Flaw::Unread), "7");
    assert_eq!(sign(true, |said| said.forged = true), Err(Flaw::Signature), "22");
    assert_eq!(sign(true, says("tokenBinding", json!({}))).map(|seen| seen.count), Ok(2), "9: more than is known");
}

#[test]
fn another_devices_signature_is_none() {
    let mut device = Device::new(KeyKind::EdDsa);
    let new = register_with(&mut device, |_| ()).unwrap();
    for kind in [KeyKind::EdDsa, KeyKind::Es256] {
        let mut other = Device::new(kind);
        (other.id, other.handle, other.count) = (device.id.clone(), device.handle.clone(), Some(9));
        assert_eq!(answer(&mut other, &new, true, |_| ()), Err(Flaw::Signature), "{kind:?}");
    }
}

#[test]
fn a_counter_goes_up_or_stays_at_nothing() {
    let with = |kept: u32, count: u32, forged: bool| {
        let mut device = Device::new(KeyKind::Es256);
        device.count = None;
        let new = register_with(&mut device, |said| said.count = kept).unwrap();
        answer(&mut device, &new, true, |said| (said.count, said.forged) = (count, forged)).map(|seen| seen.count)
    };
    assert_eq!(with(5, 6, false), Ok(6), "23");
    assert_eq!(with(5, 5, false), Err(Flaw::Counter));
    assert_eq!(with(5, 4, false), Err(Flaw::Counter));
    assert_eq!(with(5, 0, false), Err(Flaw::Counter), "one that counted does so for good");
    assert_eq!(with(0, 0, false), Ok(0), "a device that does not count");
    assert_eq!(with(0, u32::MAX, false), Ok(u32::MAX));
    assert_eq!(with(5, 4, true), Err(Flaw::Signature), "what is not signed tells nothing of the counter");
}

#[test]
fn a_key_that_is_kept_on_several_devices_stays_of_that_kind() {
    let mut device = Device::new(KeyKind::EdDsa);
    device.count = None;
    let new = register_with(&mut device, |said| said.flags |= 0x18).unwrap();
    assert!(new.eligible && new.synced);
    assert_eq!(answer(&mut device, &new, true, |said| said.flags |= 0x08), Ok(Seen { count: 0, synced: false }), "24");
    assert_eq!(answer(&mut device, &new, true, |said| said.flags |= 0x18), Ok(Seen { count: 0, synced: true }));
    assert_eq!(answer(&mut device, &new, true, |_| ()), Err(Flaw::EligibleChanged), "19");
}
