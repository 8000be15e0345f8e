//! What of a mail's text is new. Quotes and the signature are kept beside it, not thrown away: a person may read them, an AI
//! reads what is new.

/// Most lines of a signature that no mark announces, count.
const SIGNATURE_LINES_MAX: usize = 8;
/// Shortest line of underscores that stands above a quoted head, characters.
const RULE_CHARS_MIN: usize = 20;

/// Ends of lines that announce a quote.
const WROTE: [&str; 7] = ["wrote:", "schrieb:", "geschrieben:", "a écrit :", "a écrit:", "escribió:", "ha scritto:"];
/// Beginnings of such lines, which may go over two.
const WHEN: [&str; 5] = ["on ", "am ", "le ", "el ", "il "];
/// Lines above a quoted mail that is not marked line by line.
const ORIGINAL: [&str; 6] = [
    "original message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "forwarded message",
    "weitergeleitete nachricht",
    "message d'origine",
];
/// First lines of a quoted head, and lines one of which must follow.
const FROM: [&str; 3] = ["from:", "von:", "de :"];
const HEAD: [&str; 8] = ["sent:", "gesendet:", "date:", "datum:", "to:", "an:", "subject:", "betreff:"];
/// What programs put below.
const SENT_WITH: [&str; 7] = [
    "sent from my ",
    "sent from outlook",
    "get outlook for ",
    "von meinem ",
    "gesendet von ",
    "gesendet mit ",
    "envoyé de mon ",
];
/// With what people close.
const CLOSINGS: [&str; 16] = [
    "best regards",
    "kind regards",
    "regards",
    "best wishes",
    "sincerely",
    "yours sincerely",
    "cheers",
    "many thanks and best regards",
    "thanks and regards",
    "mit freundlichen grüßen",
    "mit freundlichen gruessen",
    "freundliche grüße",
    "viele grüße",
    "beste grüße",
    "liebe grüße",
    "cordialement",
];

/// A text in its parts, each in its own order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split {
    /// What the writer wrote now.
    pub new: String,
    /// What was quoted, with the lines that announce it.
    pub quoted: String,
    /// The signature.
    pub signature: String,
}

/// Tells what is new from what is quoted and from the signature. Answers between the lines of a quote are new.
pub fn split(text: &str) -> Split {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let (mut new, mut quoted): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if line.trim_start().starts_with('>') {
            quoted.push(line);
            at += 1;
        } else if let Some(count) = announces(&lines[at..]) {
            quoted.extend(&lines[at..at + count]);
            at += count;
            let next = lines[at..].iter().find(|line| !line.trim().is_empty());
            // Marked line by line, answers may stand between; not marked, all that follows is the quote.
            if next.is_none_or(|line| !line.trim_start().starts_with('>')) {
                quoted.extend(&lines[at..]);
                break;
            }
        } else if is_original(&lines[at..]) {
            quoted.extend(&lines[at..]);
            break;
        } else {
            new.push(line);
            at += 1;
        }
    }
    let (new, signature) = signed(&new);
    let whole = |lines: &[&str]| lines.join("\n").trim().to_owned();
    // A mail that is all quote or all signature says what it says.
    if new.iter().all(|line| line.trim().is_empty()) && quoted.is_empty() {
        return Split { new: text.trim().to_owned(), ..Split::default() };
    }
    Split { new: whole(new), quoted: whole(&quoted), signature: whole(signature) }
}

/// How many lines announce a quote here: `On Monday, Ada wrote:`, on one line or two.
fn announces(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?.trim().to_lowercase();
    let begins = WHEN.iter().any(|word| first.starts_with(word));
    let ends = |line: &str| WROTE.iter().any(|end| line.trim_end().ends_with(end));
    if begins && ends(&first) {
        return Some(1);
    }
    let second = lines.get(1).map(|line| line.trim().to_lowercase())?;
    (begins && first.len() < 120 && ends(&second) && second.len() < 120).then_some(2)
}

/// Whether a quoted mail begins here that is not marked line by line.
fn is_original(lines: &[&str]) -> bool {
    let Some(first) = lines.first().map(|line| line.trim().to_lowercase()) else { return false };
    let framed = first.starts_with("--") && first.ends_with("--");
    if framed && ORIGINAL.iter().any(|words| first.contains(words)) {
        return true;
    }
    let rule = first.len() >= RULE_CHARS_MIN && first.chars().all(|c| c == '_' || c == '-');
    if rule {
        return lines.iter().skip(1).take(2).any(|line| is_head(line, &FROM));
    }
    is_head(&first, &FROM) && lines.iter().skip(1).take(4).filter(|line| is_head(line, &HEAD)).count() >= 2
}

fn is_head(line: &str, names: &[&str]) -> bool {
    // Some programs print the names in bold.
    let plain = line.trim().replace('*', "").to_lowercase();
    names.iter().any(|name| plain.starts_with(name))
}

/// The text and its signature.
fn signed<'a, 'b>(lines: &'b [&'a str]) -> (&'b [&'a str], &'b [&'a str]) {
    let low = |line: &str| line.trim().trim_end_matches([',', '.', '!']).to_lowercase();
    // RFC 3676, section 4.3; the space at its end is often lost.
    let marked = lines.iter().rposition(|line| line.trim() == "--");
    let program = lines.iter().rposition(|line| SENT_WITH.iter().any(|words| low(line).starts_with(words)));
    let filled = |from: usize| lines[from..].iter().filter(|line| !line.trim().is_empty()).count();
    let closing = lines.iter().position(|line| CLOSINGS.contains(&low(line).as_str()));
    let closing = closing.filter(|at| filled(*at) <= SIGNATURE_LINES_MAX);
    let program = program.filter(|at| filled(*at) <= 2);
    let says = |at: &usize| lines[..*at].iter().any(|line| !line.trim().is_empty());
    let at = [marked, closing, program].into_iter().flatten().filter(says).min().unwrap_or(lines.len());
    lines.split_at(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, new: &str, quoted: &str, signature: &str) {
        let found = split(text);
        assert_eq!((found.new.as_str(), found.quoted.as_str(), found.signature.as_str()), (new, quoted, signature));
    }

    #[test]
    fn a_plain_text_is_all_new() {
        check("Where is my order?\n\nIt was due on Monday.", "Where is my order?\n\nIt was due on Monday.", "", "");
        check("Regards", "Regards", "", "");
        check("I wrote: on Monday it came", "I wrote: on Monday it came", "", "");
    }

    #[test]
    fn quotes_and_signatures_are_told_apart() {
        check(
            "Yes, please.\n\nBest regards,\nAda Lovelace\n+44 20 0000\n\nOn Mon, 2 Nov 2026 at 10:00, Shop <help@shop.example> wrote:\n> Shall I cancel it?\n> Yes or no.",
            "Yes, please.",
            "On Mon, 2 Nov 2026 at 10:00, Shop <help@shop.example> wrote:\n> Shall I cancel it?\n> Yes or no.",
            "Best regards,\nAda Lovelace\n+44 20 0000",
        );
        check(
            "Ja, bitte.\n--\nAda\n\nAm 2. November 2026 um 10:00 schrieb Laden\n<help@laden.example> geschrieben:\n> Soll ich?",
            "Ja, bitte.",
            "Am 2. November 2026 um 10:00 schrieb Laden\n<help@laden.example> geschrieben:\n> Soll ich?",
            "--\nAda",
        );
        check("It works now\nSent from my phone", "It works now", "", "Sent from my phone");
    }

    #[test]
    fn answers_between_the_lines_are_new() {
        check(
            "On Monday Shop wrote:\n> Which order?\nW1234567\n> Which item?\nThe lamp",
            "W1234567\nThe lamp",
            "On Monday Shop wrote:\n> Which order?\n> Which item?",
            "",
        );
    }

    #[test]
    fn a_quoted_mail_without_marks_is_a_quote() {
        let head = "From: Shop <help@shop.example>\nSent: Monday\nTo: Ada\nSubject: Your order\n\nShall I?";
        check(&format!("Go ahead.\n\n{head}"), "Go ahead.", head, "");
        let rule = format!("________________________________\n{head}");
        check(&format!("Go ahead.\n{rule}"), "Go ahead.", &rule, "");
        let german = "-----Ursprüngliche Nachricht-----\nVon: Laden\nSoll ich?";
        check(&format!("Ja\n{german}"), "Ja", german, "");
        // Somebody who writes of a head has quoted none.
        check("From: the shop I got a lamp\nand it is broken", "From: the shop I got a lamp\nand it is broken", "", "");
    }
}
