//! What a reader sees of a page of HTML, line by line: a golden file that a person can review.

/// The text of a page with its links, a line for each block. Entities stay as they are written.
pub(crate) fn visible(html: &str) -> String {
    let (_, body) = html.split_once("<body").expect("a page has a body");
    let body = without_outlook_branches(body);
    let mut seen = String::new();
    let mut link = None;
    // The first piece is what is left of the body's own tag.
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("each tag is closed");
        let name = tag.split([' ', '/']).find(|part| !part.is_empty());
        match name.unwrap_or_default() {
            "a" if tag.starts_with('/') => seen.extend(link.take().map(|to| format!(" -> {to}"))),
            "a" => link = attribute(tag, "href"),
            "br" | "p" | "div" | "td" | "tr" => seen.push('\n'),
            _ => {}
        }
        seen.push_str(text);
    }
    let lines = seen.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// Outlook for Windows gets tables of its own around the same words; other programs skip them.
fn without_outlook_branches(body: &str) -> String {
    let mut kept = String::new();
    let mut rest = body;
    while let Some((before, branch)) = rest.split_once("<!--[if") {
        kept.push_str(before);
        rest = branch
            .split_once("<![endif]-->")
            .map_or("", |(_, rest)| rest);
    }
    kept.push_str(rest);
    kept
}

/// The value of a tag's attribute.
pub(crate) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = tag.split_once(&format!("{name}=\""))?;
    value.split('"').next()
}
