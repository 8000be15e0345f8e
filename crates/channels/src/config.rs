//! A client's channels, from the release's `channels.yaml`.
//!
//! ```yaml
//! mail:
//!   support:
//!     address: help@shop.example          # empty: this client has no such mailbox
//!     title: The shop                     # the name beside the address
//!     imap: imaps://imap.shop.example     # or imap:// (STARTTLS)
//!     smtp: smtps://smtp.shop.example     # or smtp:// (STARTTLS)
//!     user: help@shop.example             # without it, the address
//!     secret: mail_password               # `baton secret set CLIENT mail_password`
//!     folder: INBOX
//!     old_mail: leave                     # or take: what was there before Baton
//!     footer: "The shop · 1 Quay Street"
//! voice:
//!   hotline:
//!     secret: voice_token                 # the provider's token; empty: this client has no such line
//!     url: wss://baton.example/voice/larkspur/hotline    # as the provider calls it, for its signature
//! ```

use crate::limits;
use baton_base::{Bundle, Finding};
use serde::Deserialize;
use std::collections::BTreeMap;
use url::Url;

const FILE: &str = "channels.yaml";
/// Where the secret's name is not given.
const SECRET: &str = "mail_password";

/// The channels of one release.
#[derive(Debug, Default)]
pub struct ChannelsConfig {
    /// Mailboxes by name.
    pub mail: BTreeMap<String, Mailbox>,
    /// Lines by name.
    pub voice: BTreeMap<String, Line>,
}

/// A phone line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its name in the file.
    pub name: String,
    /// Name of the secret with which the provider signs, or that it sends.
    pub secret: String,
    /// The address that the provider calls; without it signatures are not taken.
    pub url: Option<String>,
}

/// How a connection is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after STARTTLS, or no connection.
    StartTls,
    /// None; only to this machine.
    None,
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// TLS or not.
    pub security: Security,
}

/// One mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Its name in the file.
    pub name: String,
    /// Its address, lower case.
    pub address: String,
    /// The name beside it.
    pub title: Option<String>,
    /// Where mails are read.
    pub imap: Place,
    /// Where answers are sent.
    pub smtp: Place,
    /// Who signs in there.
    pub user: String,
    /// Name of the secret with the password.
    pub secret: String,
    /// Folder that is read.
    pub folder: String,
    /// Whether mails from before the first connection are taken.
    pub takes_old: bool,
    /// What stands below every answer.
    pub footer: Option<String>,
    /// What stands below an answer of an AI; without it, one in the case's language.
    pub ai_notice: Option<String>,
    /// Certificate of an authority of one's own, PEM.
    pub authority: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    mail: BTreeMap<String, Listed>,
    #[serde(default)]
    voice: BTreeMap<String, ListedLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedLine {
    secret: String,
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    address: String,
    title: Option<String>,
    imap: String,
    smtp: String,
    user: Option<String>,
    secret: Option<String>,
    folder: Option<String>,
    #[serde(default)]
    old_mail: OldMail,
    footer: Option<String>,
    ai_notice: Option<String>,
    authority: Option<String>,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum OldMail {
    #[default]
    Leave,
    Take,
}

impl ChannelsConfig {
    /// Reads `channels.yaml`; without it there are no channels but the web chat and the API.
    pub fn load(bundle: &Bundle) -> Result<Self, Vec<Finding>> {
        let Some(text) = bundle.file(FILE) else { return Ok(Self::default()) };
        let file = Bundle::yaml::<File>(FILE, text).map_err(|finding| vec![finding])?;
        let mut findings = Vec::new();
        let mut mail = BTreeMap::new();
        if file.mail.len() > limits::MAILBOXES_MAX {
            let message = format!("more than {} mailboxes", limits::MAILBOXES_MAX);
            findings.push(Finding::error(FILE, "mailbox", message, "forward some of them to others"));
        }
        for (name, listed) in file.mail {
            if listed.address.trim().is_empty() {
                continue;
            }
            match mailbox(&name, listed) {
                Ok(found) => {
                    mail.insert(name, found);
                }
                Err((message, remedy)) => {
                    let at = text.lines().position(|line| line.trim_start().starts_with(&format!("{name}:")));
                    let finding = Finding::error(FILE, "mailbox", format!("mailbox '{name}': {message}"), remedy);
                    findings.push(finding.at(at.map_or(0, |at| u32::try_from(at + 1).unwrap_or(0)), 1));
                }
            }
        }
        let mut voice = BTreeMap::new();
        for (name, line) in file.voice.into_iter().filter(|(_, line)| !line.secret.trim().is_empty()) {
            let url = line.url.filter(|url| !url.trim().is_empty());
            voice.insert(name.clone(), Line { name, secret: line.secret.trim().to_owned(), url });
        }
        if findings.is_empty() { Ok(Self { mail, voice }) } else { Err(findings) }
    }

    /// Whether there is any mailbox: whoever writes can then be answered by mail.
    pub fn has_mailbox(&self) -> bool {
        !self.mail.is_empty()
    }

    /// Whether an address is one of these mailboxes'.
    pub fn is_own(&self, address: &str) -> bool {
        self.mail.values().any(|mailbox| mailbox.address == address)
    }
}

type Wrong = (String, &'static str);

fn mailbox(name: &str, listed: Listed) -> Result<Mailbox, Wrong> {
    const NAME: &str = "use letters, digits and '-' in names";
    if name.is_empty() || name.len() > 60 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
        return Err((format!("'{name}' is no name"), NAME));
    }
    let address = listed.address.trim().to_lowercase();
    if address.parse::<lettre::Address>().is_err() {
        return Err((format!("'{address}' is no address"), "write it as name@domain"));
    }
    let text = |given: Option<String>| given.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(Mailbox {
        name: name.to_owned(),
        title: text(listed.title),
        imap: place(&listed.imap, &[("imaps", 993, Security::Tls), ("imap", 143, Security::StartTls)])?,
        smtp: place(&listed.smtp, &[("smtps", 465, Security::Tls), ("smtp", 587, Security::StartTls)])?,
        user: text(listed.user).unwrap_or_else(|| address.clone()),
        secret: text(listed.secret).unwrap_or_else(|| SECRET.to_owned()),
        folder: text(listed.folder).unwrap_or_else(|| "INBOX".to_owned()),
        takes_old: listed.old_mail == OldMail::Take,
        footer: text(listed.footer),
        ai_notice: text(listed.ai_notice),
        authority: text(listed.authority),
        address,
    })
}

fn place(text: &str, schemes: &[(&str, u16, Security)]) -> Result<Place, Wrong> {
    const REMEDY: &str = "write imaps:// or imap://, smtps:// or smtp://, and the host; both use TLS";
    const INSIDE: &str = "without TLS (…+plain://) only a server on this machine is spoken to";
    let url = Url::parse(text.trim()).map_err(|e| (format!("'{text}' is no address: {e}"), REMEDY))?;
    let host =
        url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| (format!("'{text}' has no host"), REMEDY))?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let (scheme, plain) = url.scheme().strip_suffix("+plain").map_or((url.scheme(), false), |scheme| (scheme, true));
    let known = schemes.iter().find(|(name, ..)| *name == scheme && !(plain && name.ends_with('s')));
    let (_, port, security) = known.ok_or_else(|| (format!("'{text}' is of no kind known here"), REMEDY))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err((
            format!("'{}' holds a user or a password", url.host_str().unwrap_or_default()),
            "name the user under user:, and the password's secret under secret:",
        ));
    }
    if plain && !is_here(&host) {
        return Err((format!("'{text}' goes over a network in clear"), INSIDE));
    }
    let security = if plain { Security::None } else { *security };
    Ok(Place { host, port: url.port().unwrap_or(*port), security })
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<ChannelsConfig, Vec<Finding>> {
        ChannelsConfig::load(&Bundle { files: [(FILE.to_owned(), text.to_owned())].into(), ..Bundle::default() })
    }

    #[test]
    fn a_mailbox_is_read_with_what_it_need_not_say() {
        let text = "mail:\n  support:\n    address: Help@Shop.example\n    imap: imaps://imap.shop.example\n    \
                    smtp: smtp://smtp.shop.example:2587\n";
        let config = load(text).unwrap();
        let mailbox = &config.mail["support"];
        assert_eq!((mailbox.address.as_str(), mailbox.user.as_str()), ("help@shop.example", "help@shop.example"));
        assert_eq!((mailbox.imap.port, mailbox.imap.security), (993, Security::Tls));
        assert_eq!((mailbox.smtp.port, mailbox.smtp.security), (2587, Security::StartTls));
        assert!(config.is_own("help@shop.example") && !mailbox.takes_old);
    }

    #[test]
    fn a_client_without_an_address_has_no_mailbox() {
        let text = "mail: { support: { address: '', imap: '', smtp: '' } }";
        assert!(load(text).unwrap().mail.is_empty());
    }

    #[test]
    fn nothing_goes_over_a_network_in_clear_and_what_is_unclear_is_found_with_its_line() {
        for (imap, fine) in [
            ("imap+plain://127.0.0.1:1143", true),
            ("imap+plain://[::1]:1143", true),
            ("imap+plain://mail.example", false),
            ("imaps+plain://127.0.0.1", false),
            ("http://mail.example", false),
            ("imaps://user:pass@mail.example", false),
            ("mail.example", false),
        ] {
            let text = format!(
                "mail:\n  support:\n    address: a@b.example\n    imap: '{imap}'\n    smtp: smtps://b.example\n"
            );
            match load(&text) {
                Ok(_) => assert!(fine, "{imap}"),
                Err(found) => assert!(!fine && found[0].line == 2, "{imap}: {found:?}"),
            }
        }
    }
}
