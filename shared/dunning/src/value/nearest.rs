//! The name that was meant by one that is not known.

/// How far from a name one may be that was meant.
const NEAR: usize = 3;

/// The known name that is nearest to another, if one is near: fewer than half of its letters are others.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let known = known.into_iter();
    let known = known.map(|known| (distance(name, known), known));
    let (far, nearest) = known.min()?;
    (far <= NEAR && far * 2 < name.chars().count()).then_some(nearest)
}

/// That name, as it is asked behind the unknown one; nothing where none is near.
pub fn did_you_mean<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let meant = nearest(name, known);
    meant.map_or_else(String::new, |name| format!(" (did you mean {name}?)"))
}

/// How many letters must be added, left out or changed to make one text of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, known) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *known);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_differs_by_few_letters_and_by_fewer_than_half_of_them() {
        let known = ["id", "on", "template", "to", "approval"];
        let meant = |name| nearest(name, known);
        assert_eq!(meant("tempalte"), Some("template"));
        assert_eq!(meant("aproval"), Some("approval"));
        assert_eq!(meant("tp"), None);
        assert_eq!(meant("nonsense"), None);
    }
}
