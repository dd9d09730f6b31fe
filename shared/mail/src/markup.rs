//! From a filled-in template to the parts of a mail.

use std::collections::HashMap;

use minijinja::{AutoEscape, Error, Output, State, Value, escape_formatter};
use mrml::prelude::parser::Error as ParseError;
use mrml::prelude::render::RenderOptions;

/// Writes a value into MJML, escaped. MiniJinja's own way escapes `/` too, which is right but turns
/// every link into `https:&#x2f;&#x2f;…`: spam filters and link checkers take that for a disguise.
pub(crate) fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if *state.auto_escape() == AutoEscape::Html && !value.is_safe() => {
            out.write_str(&escaped(text)).map_err(Error::from)
        }
        _ => escape_formatter(out, state, value),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The filter `prose`: blank lines make paragraphs, other line breaks are blanks. So the words of a
/// mail are written once, for both of its parts.
pub(crate) fn prose(state: &State, text: &Value) -> Value {
    let text = text.to_string();
    let paragraphs = paragraphs(&text);
    if *state.auto_escape() == AutoEscape::None {
        return Value::from(paragraphs.join("\n\n"));
    }
    // What untrusted wrote was escaped when the block was captured; here only the tags are added.
    let mut html = String::new();
    for paragraph in paragraphs {
        html.push_str("<p style=\"margin:0 0 16px\">");
        html.push_str(&paragraph);
        html.push_str("</p>");
    }
    Value::from_safe_string(html)
}

fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines().map(trim) {
        match paragraphs.last_mut() {
            Some(last) if line.is_empty() && !last.is_empty() => paragraphs.push(String::new()),
            Some(last) if last.is_empty() => last.push_str(line),
            Some(last) if !line.is_empty() => {
                last.push(' ');
                last.push_str(line);
            }
            _ => {}
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// Of ordinary blanks only: no-break spaces are meant.
fn trim(line: &str) -> &str {
    line.trim_matches([' ', '\t', '\r'])
}

/// Everything on one line, for a subject.
pub(crate) fn one_line(text: &str) -> String {
    let words = text.split([' ', '\t', '\r', '\n']);
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A text part without the blanks that conditions and loops leave behind.
pub(crate) fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for line in text
        .lines()
        .map(|line| line.trim_end_matches([' ', '\t', '\r']))
    {
        let blank = line.is_empty();
        if !(blank && (tidy.is_empty() || tidy.ends_with("\n\n"))) {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy.truncate(tidy.trim_end_matches('\n').len());
    tidy.push('\n');
    tidy
}

/// Lays MJML out as HTML. An error is a sentence for the person who wrote the template.
pub(crate) fn to_html(mjml: &str) -> Result<String, String> {
    let parsed = mrml::parse(mjml).map_err(|error| in_words(&error, mjml))?;
    if let Some(warning) = parsed.warnings.first() {
        return Err(warning.to_string());
    }
    let options = RenderOptions {
        disable_comments: true,
        // The default would have the debtor's mail program fetch fonts from a third party.
        fonts: HashMap::new(),
        ..RenderOptions::default()
    };
    let html = parsed.element.render(&options);
    let html = html.map_err(|error| error.to_string())?;
    // An element that is unknown, or in the wrong place, passes through as it is.
    match html.split_once("<mj-") {
        // To whoever hears it and does not see it, the mail is the main part of its page.
        None => Ok(html.replacen("role=\"article\"", "role=\"main\"", 1)),
        Some((_, rest)) => {
            let name = rest.split([' ', '>', '/']).next().unwrap_or_default();
            Err(format!("<mj-{name}> is unknown here"))
        }
    }
}

/// An error with the line that it is about: its position is of no help, since nobody sees the MJML
/// that was filled in.
fn in_words(error: &ParseError, mjml: &str) -> String {
    let (ParseError::UnexpectedElement { position, .. }
    | ParseError::UnexpectedToken { position, .. }
    | ParseError::MissingAttribute { position, .. }
    | ParseError::InvalidAttribute { position, .. }
    | ParseError::InvalidFormat { position, .. }) = error
    else {
        return error.to_string();
    };
    let rest = mjml.get(position.start..).unwrap_or_default();
    if let ParseError::UnexpectedElement { .. } = error {
        let name = rest.trim_start_matches('<').split([' ', '>', '/']).next();
        return format!("<{}> is unknown here", name.unwrap_or_default());
    }
    let line = rest.lines().next().unwrap_or_default();
    let line: String = line.chars().take(60).collect();
    format!("{error}, near `{line}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_make_paragraphs_and_other_breaks_are_blanks() {
        let text = "\n  One\n  line,\u{a0}\n\n\n and\r\nanother. \n";
        assert_eq!(paragraphs(text), ["One line,\u{a0}", "and another."]);
        assert!(paragraphs(" \n\n").is_empty());
    }

    #[test]
    fn a_text_part_has_no_more_than_one_blank_line_in_a_row() {
        assert_eq!(tidy("\n\na  \n\n \n\nb\n\n"), "a\n\nb\n");
    }

    #[test]
    fn mjml_that_would_be_dropped_in_silence_is_an_error() {
        assert!(to_html("<mjml><mj-body></mj-body></mjml>").is_ok());
        assert!(to_html("<mjml><mj-body><mj-sektion/></mj-body></mjml>").is_err());
        assert!(to_html("<mjml><mj-body>").is_err());
        assert!(to_html("").is_err());
        let wrong = to_html("<mjml><mj-head><mj-boddy/></mj-head></mjml>").unwrap_err();
        assert_eq!(wrong, "<mj-boddy> is unknown here");
    }
}
