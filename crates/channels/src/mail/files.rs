//! SQL of the table `attachment`: files of messages, and of those that a case which was split off says again.

use super::store::{name_row, place};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use baton_base::{CaseId, ClientId, Error, MessageId, Result};
use baton_cases::merged;
use baton_db::{Row, Tx, params};
use baton_govern::Ctx;
use serde::Serialize;

/// Files listed of one case, and as many again of what it says again.
const ROWS_MAX: i64 = 200;

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Id.
    pub id: String,
    /// The message; in a case that was split off, the one that says it again there.
    pub message: MessageId,
    /// Its name.
    pub name: String,
    /// Media type, as its sender says.
    pub media: String,
    /// Size, bytes.
    pub bytes: i64,
    /// Whether what is in it was kept: it was not too large, and not one of too many.
    pub kept: bool,
}

/// Keeps a file of a message; without content only that it came.
pub(super) fn keep_file(tx: &mut Tx, client: &ClientId, case: &CaseId, file: &File, content: &[u8]) -> Result<()> {
    let text = if file.kept { BASE64.encode(content) } else { String::new() };
    let sealed = tx.seal(&place(client, "attachment", &file.id), &text)?;
    let name = tx.seal(&place(client, "attachment", &name_row(&file.id)), &file.name)?;
    tx.execute(
        "INSERT INTO attachment (client_id, attachment_id, case_id, message_id, name, media, bytes, kept, sealed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![client, file.id, case, file.message, name, file.media, file.bytes, file.kept, sealed],
    )?;
    Ok(())
}

const FILE: &str = "a.attachment_id, a.message_id, a.name, a.media, a.bytes, a.kept";

/// The messages of a case that say others again, each with every one that it goes back to: what was split off can be split again.
/// A ring cannot be; the depth is a limit all the same.
const SAID_AGAIN: &str = "WITH RECURSIVE again(message_id, first_id, deep) AS ( \
     SELECT m.message_id, m.copy_of, 1 FROM message m WHERE m.client_id = $1 AND m.case_id = $2 AND m.copy_of IS NOT NULL \
     UNION ALL SELECT g.message_id, o.copy_of, g.deep + 1 FROM again g JOIN message o ON o.client_id = $1 \
     AND o.message_id = g.first_id WHERE o.copy_of IS NOT NULL AND g.deep < 50)";

/// A file of another case, as the message of this one has it.
const FILE_AGAIN: &str = "a.attachment_id, g.message_id, a.name, a.media, a.bytes, a.kept";
const FROM_AGAIN: &str = "FROM again g JOIN attachment a ON a.client_id = $1 AND a.message_id = g.first_id";

fn read_file(r: &Row) -> Result<File> {
    Ok(File {
        id: r.text(0)?,
        message: r.id(1)?,
        name: r.text(2)?,
        media: r.text(3)?,
        bytes: r.int(4)?,
        kept: r.bool(5)?,
    })
}

/// A file with its name as it was.
fn named(tx: &mut Tx, client: &ClientId, mut file: File) -> Result<File> {
    file.name = tx.unseal(&place(client, "attachment", &name_row(&file.id)), &file.name)?;
    Ok(file)
}

/// The files of a case, in the order in which they came: its own, and those of messages that were split off to it.
pub fn of_case(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<File>> {
    baton_cases::get(tx, ctx, case)?;
    let own = format!(
        "SELECT {FILE} FROM attachment a WHERE a.client_id = $1 AND a.case_id = $2 ORDER BY a.attachment_id \
         LIMIT {ROWS_MAX}"
    );
    let mut files = tx.query(&own, params![ctx.client, case], read_file)?;
    let again = format!("{SAID_AGAIN} SELECT {FILE_AGAIN} {FROM_AGAIN} ORDER BY a.attachment_id LIMIT {ROWS_MAX}");
    files.extend(tx.query(&again, params![ctx.client, case], read_file)?);
    files.into_iter().map(|file| named(tx, &ctx.client, file)).collect()
}

/// The files of a case and of those that were merged into it.
pub fn of_family(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<File>> {
    let mut all = Vec::new();
    for case in merged::family(tx, &ctx.client, case)? {
        all.extend(of_case(tx, ctx, &case)?);
    }
    Ok(all)
}

/// One file with what is in it: of the case, of one that was merged into it, or of a message that was split off to one of these.
/// Other files of the case that a message was split off are none of this one's.
pub fn file(tx: &mut Tx, ctx: &Ctx, case: &CaseId, id: &str) -> Result<(File, Vec<u8>)> {
    baton_cases::get(tx, ctx, case)?;
    let own = format!(
        "SELECT {FILE}, a.sealed FROM attachment a WHERE a.client_id = $1 AND a.case_id = $2 AND a.attachment_id = $3"
    );
    let again = format!(
        "{SAID_AGAIN} SELECT {FILE_AGAIN}, a.sealed {FROM_AGAIN} WHERE a.attachment_id = $3 ORDER BY 2 LIMIT 1"
    );
    let read = |r: &Row| Ok((read_file(r)?, r.text(6)?));
    let mut found = None;
    for one in merged::family(tx, &ctx.client, case)? {
        for sql in [&own, &again] {
            if found.is_none() {
                found = tx.query_opt(sql, params![ctx.client, one, id], read)?;
            }
        }
    }
    let (file, sealed) = found.filter(|(file, _)| file.kept).ok_or_else(|| Error::not_found(format!("file {id}")))?;
    let text = tx.unseal(&place(&ctx.client, "attachment", id), &sealed)?;
    let file = named(tx, &ctx.client, file)?;
    Ok((file, BASE64.decode(text).map_err(Error::broken)?))
}
