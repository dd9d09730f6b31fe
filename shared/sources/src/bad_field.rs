//! What makes no sense in a canonical event.

/// A field that makes no sense: where it stands in the canonical event, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadField {
    pub(crate) field: String,
    pub(crate) why: String,
}

impl BadField {
    /// The reason is cut: some errors quote the value they stumbled over, whole.
    pub(crate) fn new(field: &str, why: impl AsRef<str>) -> Self {
        Self {
            field: field.to_owned(),
            why: why.as_ref().chars().take(200).collect(),
        }
    }
}

/// What must be there.
pub(crate) fn required<T>(field: &str, value: Option<T>) -> Result<T, BadField> {
    value.ok_or_else(|| BadField::new(field, "is missing"))
}
