//! Where in a text something stands, as editors count.

/// The line and the column, both from 1, of a byte of a text.
pub fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = 1 + before.matches('\n').count();
    (line, 1 + before[line_start..].chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_counts_signs_and_not_bytes() {
        let text = "é\nàb";
        assert_eq!(line_and_column(text, 0), (1, 1));
        assert_eq!(line_and_column(text, text.len() - 1), (2, 2));
        assert_eq!(line_and_column(text, 100), (2, 3));
    }
}
