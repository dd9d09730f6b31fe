//! How each language writes: as Unicode's CLDR has it (`cldr-json`, `numbers.json` and `ca-gregorian.json`), but for
//! Portugal's thousands, which invoices part by points.

use super::form::{Order, Place, Writing};

const PLAIN: Order = Order::DayFirst(" ", " ");

pub(super) static ENGLISH: Writing = Writing {
    code: "en",
    thousands: ",",
    decimal: '.',
    currency: Place::Touching,
    signs: &[("EUR", "€"), ("GBP", "£"), ("USD", "$"), ("JPY", "¥")],
    first_day: "1",
    date: PLAIN,
    months: &[
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

pub(super) static AMERICAN: Writing = Writing {
    date: Order::MonthFirst,
    ..ENGLISH
};

pub(super) static FRENCH: Writing = Writing {
    code: "fr",
    // The narrow no-break space, as the Imprimerie nationale and Unicode's CLDR have it.
    thousands: "\u{202f}",
    decimal: ',',
    currency: Place::After,
    signs: &[("EUR", "€"), ("GBP", "£"), ("USD", "$US"), ("JPY", "¥")],
    first_day: "1er",
    date: PLAIN,
    months: &[
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
};

const GERMAN_MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const AUSTRIAN_MONTHS: [&str; 12] = {
    let mut months = GERMAN_MONTHS;
    months[0] = "Jänner";
    months
};

pub(super) static GERMAN: Writing = Writing {
    code: "de",
    thousands: ".",
    decimal: ',',
    currency: Place::After,
    signs: &[("EUR", "€"), ("GBP", "£"), ("USD", "$"), ("JPY", "¥")],
    first_day: "1",
    date: Order::DayFirst(". ", " "),
    months: &GERMAN_MONTHS,
};

pub(super) static AUSTRIAN: Writing = Writing {
    currency: Place::Before,
    months: &AUSTRIAN_MONTHS,
    ..GERMAN
};

/// Of French-speaking Switzerland.
pub(super) static SWISS_FRENCH: Writing = Writing {
    decimal: '.',
    ..FRENCH
};

/// Of German-speaking Switzerland, and of Liechtenstein.
pub(super) static SWISS: Writing = Writing {
    thousands: "’",
    decimal: '.',
    currency: Place::Before,
    signs: &[],
    ..GERMAN
};

pub(super) static SPANISH: Writing = Writing {
    code: "es",
    thousands: ".",
    decimal: ',',
    currency: Place::After,
    signs: &[("EUR", "€"), ("USD", "US$")],
    first_day: "1",
    date: Order::DayFirst(" de ", " de "),
    months: &[
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
};

/// Of Mexico, Central America and Peru, where a point begins the cents.
pub(super) static SPANISH_WITH_POINTS: Writing = Writing {
    thousands: ",",
    decimal: '.',
    currency: Place::Before,
    signs: &[],
    ..SPANISH
};

/// Of South America.
pub(super) static SPANISH_WITH_SIGN_BEFORE: Writing = Writing {
    currency: Place::Before,
    ..SPANISH
};

pub(super) static ITALIAN: Writing = Writing {
    code: "it",
    thousands: ".",
    decimal: ',',
    currency: Place::After,
    signs: &[("EUR", "€"), ("GBP", "£")],
    first_day: "1°",
    date: PLAIN,
    months: &[
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ],
};

/// Of Ticino.
pub(super) static SWISS_ITALIAN: Writing = Writing {
    thousands: "’",
    decimal: '.',
    currency: Place::Before,
    signs: &[],
    ..ITALIAN
};

pub(super) static DUTCH: Writing = Writing {
    code: "nl",
    thousands: ".",
    decimal: ',',
    currency: Place::Before,
    signs: &[("EUR", "€"), ("GBP", "£"), ("USD", "US$"), ("JPY", "¥")],
    first_day: "1",
    date: PLAIN,
    months: &[
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
};

pub(super) static PORTUGUESE: Writing = Writing {
    code: "pt",
    thousands: ".",
    decimal: ',',
    currency: Place::After,
    signs: &[("EUR", "€"), ("GBP", "£"), ("USD", "US$")],
    first_day: "1",
    date: Order::DayFirst(" de ", " de "),
    months: &[
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
};

pub(super) static BRAZILIAN: Writing = Writing {
    currency: Place::Before,
    signs: &[("BRL", "R$"), ("EUR", "€"), ("GBP", "£"), ("USD", "US$")],
    first_day: "1º",
    ..PORTUGUESE
};

pub(super) static POLISH: Writing = Writing {
    code: "pl",
    thousands: "\u{a0}",
    decimal: ',',
    currency: Place::After,
    signs: &[("EUR", "€"), ("PLN", "zł")],
    first_day: "1",
    date: PLAIN,
    months: &[
        "stycznia",
        "lutego",
        "marca",
        "kwietnia",
        "maja",
        "czerwca",
        "lipca",
        "sierpnia",
        "września",
        "października",
        "listopada",
        "grudnia",
    ],
};

pub(super) static NEUTRAL: Writing = Writing {
    code: "",
    thousands: "",
    decimal: '.',
    currency: Place::After,
    signs: &[],
    first_day: "1",
    date: PLAIN,
    months: &[],
};

/// Each language, wherever it is read.
pub(super) static KNOWN: [&Writing; 8] = [
    &ENGLISH,
    &FRENCH,
    &GERMAN,
    &SPANISH,
    &ITALIAN,
    &DUTCH,
    &PORTUGUESE,
    &POLISH,
];
