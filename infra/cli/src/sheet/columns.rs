//! The columns of a file of invoices.

use std::path::{Path, PathBuf};

/// The columns by their names, and where each stands in the canonical event.
pub(super) const COLUMNS: [(&str, &str); 25] = [
    ("id", "invoice.id"),
    ("customer", "customer"),
    ("account", "account"),
    ("number", "invoice.number"),
    ("currency", "invoice.currency"),
    ("total", "invoice.total"),
    ("remaining", "invoice.remaining"),
    ("due_on", "invoice.due_on"),
    ("issued_on", "invoice.issued_on"),
    ("po_number", "invoice.po_number"),
    ("pay_url", "invoice.pay_url"),
    ("pdf_url", "invoice.pdf_url"),
    ("relance_plan", "invoice.metadata.relance_plan"),
    ("relance_contact", "invoice.metadata.relance_contact"),
    ("account_manager", "invoice.metadata.account_manager"),
    ("name", "debtor.name"),
    ("email", "debtor.email"),
    ("language", "debtor.language"),
    ("country", "debtor.country"),
    ("postal_code", "debtor.postal_code"),
    ("state", "debtor.state"),
    ("time_zone", "debtor.time_zone"),
    ("kind", "debtor.kind"),
    ("registration", "debtor.registration"),
    ("vat_number", "debtor.vat_number"),
];
/// Without these a file is none of invoices.
const REQUIRED: [&str; 4] = ["id", "customer", "currency", "remaining"];

/// The file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSheet {
    #[error("{file}: {why}", file = .0.display(), why = .1)]
    Unreadable(PathBuf, std::io::Error),
    #[error("{} is not UTF-8: save it as “CSV UTF-8”", .0.display())]
    NotUtf8(PathBuf),
    #[error("{file}: {why}", file = .file.display())]
    Malformed { file: PathBuf, why: String },
    #[error("{file}: there is no column `{column}`; there must be {REQUIRED:?}", file = .file.display())]
    Missing { file: PathBuf, column: &'static str },
    #[error("{file}: the column `{column}` is not known; known are {known}", file = .file.display())]
    Unknown {
        file: PathBuf,
        column: String,
        known: String,
    },
    #[error("{file}: the column `{column}` stands there twice", file = .file.display())]
    Twice { file: PathBuf, column: String },
}

/// The column of what stands there in the canonical event.
pub(super) fn of_place(place: &str) -> &str {
    let column = COLUMNS.iter().find(|(_, known)| *known == place);
    column.map_or(place, |(column, _)| column)
}

/// A spreadsheet may have columns without a name: nothing may stand in them.
pub(super) const NAMELESS: &str = "";

/// The columns of a header: those of an invoice, and these besides.
pub(super) fn columns(
    file: &Path,
    header: &csv::StringRecord,
    besides: &[&'static str],
) -> Result<Vec<&'static str>, NoSheet> {
    let of_invoice = COLUMNS.iter().map(|(column, _)| *column);
    let known: Vec<&str> = of_invoice.chain(besides.iter().copied()).collect();
    let mut columns = Vec::new();
    for said in header {
        if said.is_empty() {
            columns.push(NAMELESS);
            continue;
        }
        let column = known.iter().find(|known| said.eq_ignore_ascii_case(known));
        let Some(column) = column else {
            return Err(NoSheet::Unknown {
                file: file.to_owned(),
                column: said.to_owned(),
                known: known.join(", "),
            });
        };
        if columns.contains(column) {
            return Err(NoSheet::Twice {
                file: file.to_owned(),
                column: said.to_owned(),
            });
        }
        columns.push(*column);
    }
    match REQUIRED
        .into_iter()
        .find(|column| !columns.contains(column))
    {
        Some(column) => Err(NoSheet::Missing {
            file: file.to_owned(),
            column,
        }),
        None => Ok(columns),
    }
}
