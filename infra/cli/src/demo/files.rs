//! The mails of the demo, as files.

use std::fs;
use std::path::Path;

use local::Mail;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;

use crate::demo::error::DemoError;

/// Writes each mail as `.html` and `.eml`, in place of those of an earlier run. Gives their names,
/// without the ending.
pub(crate) fn write(folder: &Path, mails: &[Mail]) -> Result<Vec<String>, DemoError> {
    let failed = |source| DemoError::Write {
        path: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    for old in fs::read_dir(folder).map_err(failed)? {
        let path = old.map_err(failed)?.path();
        let ours = path
            .extension()
            .is_some_and(|ending| ending == "html" || ending == "eml");
        if ours {
            fs::remove_file(&path).map_err(failed)?;
        }
    }
    let mut names = Vec::new();
    for (index, mail) in mails.iter().enumerate() {
        let step = mail.step.as_ref().map_or("team", |step| step.as_str());
        let invoice = mail
            .invoices
            .first()
            .map(|invoice| format!("-{invoice}"))
            .unwrap_or_default();
        let name = format!("{:02}-{step}{invoice}", index + 1);
        let html = mail.sent.html.as_deref().unwrap_or_default();
        fs::write(folder.join(format!("{name}.html")), html).map_err(failed)?;
        fs::write(folder.join(format!("{name}.eml")), message(mail)).map_err(failed)?;
        names.push(name);
    }
    Ok(names)
}

fn message(mail: &Mail) -> Vec<u8> {
    let sent = &mail.sent;
    let (name, address) = sent.from.rsplit_once(" <").unwrap_or(("", &sent.from));
    let to: Vec<&str> = sent.to.iter().map(String::as_str).collect();
    let mut message = MessageBuilder::new()
        .from((name.trim_matches('"'), address.trim_end_matches('>')))
        .to(to)
        .date(sent.at.as_second())
        .message_id(format!("{}@eu-west-3.amazonses.com", sent.message_id))
        .subject(sent.subject.as_str())
        .text_body(sent.text.as_deref().unwrap_or_default())
        .html_body(sent.html.as_deref().unwrap_or_default());
    // Among them those that make one conversation of a ladder's mails.
    for (name, value) in &sent.headers {
        message = message.header(name.as_str(), Raw::new(value.as_str()));
    }
    // Writing into memory does not fail.
    message.write_to_vec().unwrap_or_default()
}
