//! Texts with slots in braces, as `{t}.{body}` and `/v1/invoices/{invoice}`.

/// A part of such a text.
pub(crate) enum Part<'t> {
    /// Itself; never nothing.
    Text(&'t str),
    /// The name in a slot.
    Slot(&'t str),
}

/// Its parts, in their order.
pub(crate) fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| format!("`{text}` has a `{{` without its `}}`"))?;
        parts.extend([Part::Text(before), Part::Slot(name)]);
        rest = after;
    }
    parts.push(Part::Text(rest));
    parts.retain(|part| !matches!(part, Part::Text("")));
    Ok(parts)
}
