//! Amounts as people write them in a spreadsheet.

/// As `1234.56`. A comma may stand for the point where it can mean nothing else, and thousands may be parted.
pub(super) fn plain(said: &str, decimals: u32) -> Result<String, String> {
    let parted = |c: char| matches!(c, ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}');
    let (sign, digits) = match said.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", said),
    };
    let wrong = || format!("is {}, not an amount like 1234.56", quoted(said));
    let digits: String = digits.chars().filter(|c| !parted(*c)).collect();
    let is_odd = |c: char| !c.is_ascii_digit() && c != '.' && c != ',';
    if digits.chars().any(is_odd) || !digits.chars().any(|c| c.is_ascii_digit()) {
        return Err(wrong());
    }
    let Some(last) = digits.rfind(['.', ',']) else {
        return Ok(format!("{sign}{digits}"));
    };
    let (whole, rest) = (&digits[..last], &digits[last + 1..]);
    let others: Vec<&str> = whole.split(['.', ',']).collect();
    let point = digits.as_bytes()[last];
    let groups_alone = whole.bytes().all(|byte| byte != point);
    let are_thousands = |groups: &[&str]| {
        groups[1..].iter().all(|group| group.len() == 3) && (1..=3).contains(&groups[0].len())
    };
    if others.len() > 1 {
        // 1.234,56 or 1,234.56; and 1.234.567, which has no point at all.
        let whole = others.concat();
        return match (groups_alone, are_thousands(&others)) {
            (true, true) => Ok(format!("{sign}{whole}.{rest}")),
            (false, true)
                if rest.len() == 3 && !digits.contains(if point == b'.' { ',' } else { '.' }) =>
            {
                Ok(format!("{sign}{whole}{rest}"))
            }
            _ => Err(wrong()),
        };
    }
    if rest.len() == 3 && decimals != 3 || rest.len() == 3 && point == b',' {
        return Err(format!(
            "is {said:?}, which may be {whole}{rest} or {whole}.{rest}: write it with all its decimals"
        ));
    }
    Ok(format!("{sign}{whole}.{rest}"))
}

/// Whether nothing is left, by what [`plain`] gives.
pub(super) fn is_nought(plain: &str) -> bool {
    plain.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-'))
}

/// What stands there, unless it may be an address that slipped into another column.
pub(crate) fn quoted(said: &str) -> String {
    if said.contains('@') {
        "something with an @".to_owned()
    } else {
        format!("{said:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_where_it_can_mean_one_thing_alone() {
        for (said, means) in [
            ("1234.56", "1234.56"),
            ("1234,56", "1234.56"),
            ("1234,5", "1234.5"),
            ("1 234,56", "1234.56"),
            ("1\u{202f}234\u{a0}567,8", "1234567.8"),
            ("1.234,56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("1.234.567", "1234567"),
            ("1,234,567.00", "1234567.00"),
            ("1'234.50", "1234.50"),
            ("-12,00", "-12.00"),
            ("1200", "1200"),
            ("0", "0"),
        ] {
            assert_eq!(plain(said, 2).as_deref(), Ok(means), "{said}");
        }
        assert_eq!(plain("1.234", 3).as_deref(), Ok("1.234"), "a dinar");
    }

    #[test]
    fn what_may_mean_two_things_is_refused() {
        for said in ["1.234", "1,234", "1.230"] {
            let why = plain(said, 2).unwrap_err();
            assert!(
                why.contains("write it with all its decimals"),
                "{said}: {why}"
            );
        }
        assert!(plain("1,234", 3).is_err());
        for said in [
            "",
            "-",
            "1e5",
            "12 EUR",
            "1.23.45",
            "1,23,456.7",
            "12,34,5",
            "1234.567,8",
            ".",
        ] {
            assert!(plain(said, 2).is_err(), "{said}");
        }
    }

    #[test]
    fn nothing_is_left_of_a_nought() {
        assert!(["0", "0.00", "-0"].into_iter().all(is_nought));
        assert!(!is_nought("0.01"));
    }
}
