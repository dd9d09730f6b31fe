//! The words that come with Relance. A policy's folder holds those that it has in their place.

/// One folder a language, and in each the same files.
macro_rules! languages {
    ($($code:literal),* $(,)?) => {
        &[$(
            file!($code, "ask.j2"),
            file!($code, "firm.j2"),
            file!($code, "last.j2"),
            file!($code, "reminder.j2"),
            file!($code, "soon.j2"),
            file!($code, "team.j2"),
            file!($code, "words.j2"),
        )*]
    };
}

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../templates/", $name)))
    };
    ($code:literal, $name:literal) => {
        (
            concat!($code, "/", $name),
            include_str!(concat!("../templates/", $code, "/", $name)),
        )
    };
}

static MAILS: &[(&str, &str)] = languages!["de", "en", "es", "fr", "it", "nl", "pl", "pt"];

static LAYOUTS: [(&str, &str); 7] = [
    file!("countries.j2"),
    file!("digest.j2"),
    file!("digest.mjml.j2"),
    file!("digest.txt.j2"),
    file!("frame.mjml.j2"),
    file!("letter.mjml.j2"),
    file!("letter.txt.j2"),
];

/// The templates that come with Relance: each by its name, as `fr/ask.j2`, with its text.
pub fn built_in_templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    MAILS.iter().chain(&LAYOUTS).copied()
}

/// The text of the one of a name.
pub fn built_in_template(name: &str) -> Option<&'static str> {
    built_in_templates().find_map(|(known, text)| (known == name).then_some(text))
}
