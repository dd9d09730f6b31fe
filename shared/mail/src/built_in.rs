//! The words that come with Relance. A policy's folder holds those that it has in their place.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../templates/", $name)))),*]
    };
}

static FILES: [(&str, &str); 21] = files![
    "countries.j2",
    "digest.j2",
    "digest.mjml.j2",
    "digest.txt.j2",
    "en/ask.j2",
    "en/firm.j2",
    "en/last.j2",
    "en/reminder.j2",
    "en/soon.j2",
    "en/team.j2",
    "en/words.j2",
    "fr/ask.j2",
    "fr/firm.j2",
    "fr/last.j2",
    "fr/reminder.j2",
    "fr/soon.j2",
    "fr/team.j2",
    "fr/words.j2",
    "frame.mjml.j2",
    "letter.mjml.j2",
    "letter.txt.j2",
];

/// The templates that come with Relance: each by its name, as `fr/ask.j2`, with its text.
pub fn built_in_templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().copied()
}

/// The text of the one of a name.
pub fn built_in_template(name: &str) -> Option<&'static str> {
    built_in_templates().find_map(|(known, text)| (known == name).then_some(text))
}
