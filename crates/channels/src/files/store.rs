//! SQL of the table `attachment`, as far as no mail brings its files.

use super::rules::{self, Refusal};
use super::{FILE_BYTES_MAX, HOUR_FILES_MAX, MESSAGE_BYTES_MAX, MESSAGE_FILES_MAX, UNSENT_BYTES_MAX, UNSENT_MS_MAX};
use crate::mail::{File, name_row, place};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use baton_base::{CaseId, ClientId, Error, MessageId, Result};
use baton_db::{Row, Tx, params};
use baton_govern::{Ctx, redact};
use serde::Serialize;

/// One hour, milliseconds.
const HOUR_MS: i64 = 60 * 60 * 1000;

/// Who uploads, and alone may send what they have uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The customer of a chat conversation.
    Conversation(String),
    /// A person or a service account, in one case.
    Writer(String, CaseId),
}

impl Owner {
    /// What stands in its place in the database: addresses stand nowhere in clear.
    fn digest(&self, tx: &mut Tx, client: &ClientId) -> Result<String> {
        tx.lookup_digest(
            client,
            &match self {
                Self::Conversation(conversation) => format!("upload\nchat\n{conversation}"),
                Self::Writer(actor, case) => format!("upload\n{case}\n{actor}"),
            },
        )
    }
}

/// A file that waits for its message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unsent {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Media type, as its content says.
    pub media: String,
    /// Size, bytes.
    pub bytes: i64,
}

/// The name of a file as it was.
fn named(tx: &mut Tx, client: &ClientId, id: &str, stored: &str) -> Result<String> {
    tx.unseal(&place(client, "attachment", &name_row(id)), stored)
}

/// A file after its checks, as it is stored.
#[derive(Debug, Clone)]
pub struct Checked {
    name: String,
    media: &'static str,
    bytes: i64,
    text: String,
}

/// Looks at a file, without the database: refused, in the given language, where it is empty, too large, or of a kind that is
/// not taken.
pub fn check(name: &str, content: &[u8], language: &str) -> Result<Checked> {
    if content.is_empty() {
        return Err(Refusal::Empty.say(language));
    }
    if content.len() > FILE_BYTES_MAX {
        return Err(Refusal::TooLarge.say(language));
    }
    let kind = rules::kind(content).ok_or_else(|| Refusal::Kind.say(language))?;
    // A card's number is kept nowhere, and so in no name.
    let name = redact::mask_cards(&rules::name(name, kind)).0;
    let bytes = i64::try_from(content.len()).map_err(Error::broken)?;
    Ok(Checked { name, media: kind.media, bytes, text: BASE64.encode(content) })
}

/// Keeps a file until the message comes that takes it. Refused, in the given language, where it is one of too many.
pub fn keep(tx: &mut Tx, ctx: &Ctx, owner: &Owner, file: &Checked, language: &str) -> Result<Unsent> {
    let refuse = |why: Refusal| why.say(language);
    let (client, now_ms) = (&ctx.client, ctx.now_ms());
    let owner = owner.digest(tx, client)?;
    let sql = "SELECT COUNT(*) FROM attachment WHERE client_id = $1 AND owner = $2 AND kept_ms > $3";
    if tx.query_one(sql, params![client, owner, now_ms - HOUR_MS], |r| r.int(0))? >= HOUR_FILES_MAX {
        return Err(refuse(Refusal::TooOften));
    }
    drop_unsent(tx, client, now_ms)?;
    let sql = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM attachment WHERE client_id = $1 AND message_id = ''";
    if tx.query_one(sql, params![client], |r| r.int(0))? >= UNSENT_BYTES_MAX {
        return Err(refuse(Refusal::TooOften));
    }
    let unsent =
        Unsent { id: ctx.id("file"), name: file.name.clone(), media: file.media.to_owned(), bytes: file.bytes };
    let sealed = tx.seal(&place(client, "attachment", &unsent.id), &file.text)?;
    let name = tx.seal(&place(client, "attachment", &name_row(&unsent.id)), &unsent.name)?;
    tx.execute(
        "INSERT INTO attachment (client_id, attachment_id, case_id, message_id, name, media, bytes, kept, sealed, owner, \
         kept_ms) VALUES ($1, $2, '', '', $3, $4, $5, $6, $7, $8, $9)",
        params![client, unsent.id, name, unsent.media, unsent.bytes, true, sealed, owner, now_ms],
    )?;
    Ok(unsent)
}

/// The files that a message wants to take along, in its order. Refused where there are too many, or one is not its owner's.
/// Files that went already are among them: a message that is sent again names them again.
pub fn wanted(tx: &mut Tx, client: &ClientId, owner: &Owner, ids: &[String], language: &str) -> Result<Vec<Unsent>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if ids.len() > MESSAGE_FILES_MAX {
        return Err(Refusal::TooMany.say(language));
    }
    let owner = owner.digest(tx, client)?;
    let mut found: Vec<Unsent> = Vec::new();
    for id in ids {
        let sql = "SELECT attachment_id, name, media, bytes FROM attachment WHERE client_id = $1 AND attachment_id = $2 \
                   AND owner = $3";
        let read = |r: &Row| Ok(Unsent { id: r.text(0)?, name: r.text(1)?, media: r.text(2)?, bytes: r.int(3)? });
        let one = tx.query_opt(sql, params![client, id.replace('\0', ""), owner], read)?;
        let one = one.filter(|one| found.iter().all(|had| had.id != one.id));
        let mut one = one.ok_or_else(|| Refusal::Gone.say(language))?;
        one.name = named(tx, client, &one.id, &one.name)?;
        found.push(one);
    }
    if found.iter().map(|one| one.bytes).sum::<i64>() > MESSAGE_BYTES_MAX {
        return Err(Refusal::TooMany.say(language));
    }
    Ok(found)
}

/// Gives files to the message that takes them, in the transaction that writes it.
pub fn send(
    tx: &mut Tx,
    client: &ClientId,
    files: &[Unsent],
    (case, message): (&CaseId, &MessageId),
    language: &str,
) -> Result<()> {
    for file in files {
        let sent = tx.execute(
            "UPDATE attachment SET case_id = $3, message_id = $4 \
             WHERE client_id = $1 AND attachment_id = $2 AND message_id = ''",
            params![client, file.id, case, message],
        )?;
        if sent != 1 {
            return Err(Refusal::Gone.say(language));
        }
    }
    Ok(())
}

/// Takes away what has waited for its message for too long. Returns how many files.
pub fn drop_unsent(tx: &mut Tx, client: &ClientId, now_ms: i64) -> Result<u64> {
    let sql = "DELETE FROM attachment WHERE client_id = $1 AND message_id = '' AND kept_ms < $2";
    tx.execute(sql, params![client, now_ms - UNSENT_MS_MAX])
}

/// The files of a message with what is in them, in their order.
pub fn content_of(tx: &mut Tx, client: &ClientId, message: &MessageId) -> Result<Vec<(File, Vec<u8>)>> {
    let sql = "SELECT attachment_id, message_id, name, media, bytes, kept, sealed FROM attachment \
               WHERE client_id = $1 AND message_id = $2 ORDER BY attachment_id";
    let read = |r: &Row| {
        let (id, message, name, media) = (r.text(0)?, r.id(1)?, r.text(2)?, r.text(3)?);
        Ok((File { id, message, name, media, bytes: r.int(4)?, kept: r.bool(5)? }, r.text(6)?))
    };
    let rows = tx.query(sql, params![client, message], read)?;
    let open = |(mut file, sealed): (File, String)| {
        file.name = named(tx, client, &file.id, &file.name)?;
        let text = tx.unseal(&place(client, "attachment", &file.id), &sealed)?;
        Ok((file, BASE64.decode(text).map_err(Error::broken)?))
    };
    rows.into_iter().filter(|(file, _)| file.kept).map(open).collect()
}
