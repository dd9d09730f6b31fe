//! Where a list goes on, and that it does.

use serde::{Deserialize, Serialize};

use super::error::AskError;

/// More pages than any list has.
const MOST_PAGES: u32 = 100_000;

/// A page of a list that is to be asked for next. May be kept, to go on there later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// How many came before it.
    before: u32,
    /// How the tool is told: a number, a cursor, a link, an id.
    mark: String,
    /// A digest of what the page before it showed.
    shown: String,
    /// The same two of an earlier page. It moves on at each power of two, so that a circle of whatever length
    /// comes by it.
    milestone: Option<(String, String)>,
}

impl Page {
    /// How the tool is told.
    pub(super) fn mark(&self) -> &str {
        &self.mark
    }

    /// How many pages came before it.
    pub fn before(&self) -> u32 {
        self.before
    }

    /// The page after `asked`, which showed that much.
    pub(super) fn after(
        asked: Option<&Self>,
        mark: String,
        shown: String,
    ) -> Result<Self, AskError> {
        let Some(asked) = asked else {
            return Ok(Self {
                before: 1,
                mark,
                shown,
                milestone: None,
            });
        };
        let before = asked.before.saturating_add(1);
        let is = |known_mark: &str, known_shown: &str| mark == known_mark || shown == known_shown;
        let milestone = asked.milestone.as_ref();
        let comes_back =
            is(&asked.mark, &asked.shown) || milestone.is_some_and(|(mark, shown)| is(mark, shown));
        if comes_back || before > MOST_PAGES {
            return Err(AskError::PageRepeats);
        }
        let milestone = if asked.before.is_power_of_two() {
            Some((asked.mark.clone(), asked.shown.clone()))
        } else {
            asked.milestone.clone()
        };
        Ok(Self {
            before,
            mark,
            shown,
            milestone,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goes through marks until they come back, if they do within so many pages.
    fn pages(mark: impl Fn(u32) -> String, most: u32) -> u32 {
        let mut page = None;
        for number in 0..most {
            match Page::after(page.as_ref(), mark(number), format!("shown {number}")) {
                Ok(next) => page = Some(next),
                Err(why) => {
                    assert_eq!(why, AskError::PageRepeats);
                    return number;
                }
            }
        }
        most
    }

    #[test]
    fn a_circle_of_whatever_length_is_left_and_a_long_list_is_not() {
        assert_eq!(pages(|_| "same".to_owned(), 10), 1);
        for circle in [1, 2, 3, 7, 100] {
            let left = pages(|number| (number % circle).to_string(), 10_000);
            assert!(
                left <= 4 * circle,
                "a circle of {circle} was left after {left}"
            );
        }
        let late = pages(|number| number.min(40).to_string(), 10_000);
        assert_eq!(late, 41);
        assert_eq!(pages(|number| number.to_string(), 5_000), 5_000);
    }

    #[test]
    fn what_is_shown_twice_is_a_circle_whatever_the_tool_calls_it() {
        let first = Page::after(None, "2".to_owned(), "a".to_owned()).unwrap();
        let again = Page::after(Some(&first), "3".to_owned(), "a".to_owned());
        assert_eq!(again, Err(AskError::PageRepeats));
    }

    #[test]
    fn a_page_is_kept_and_read_again() {
        let page = Page::after(None, "2".to_owned(), "a".to_owned()).unwrap();
        let page = Page::after(Some(&page), "3".to_owned(), "b".to_owned()).unwrap();
        let kept = serde_json::to_string(&page).unwrap();
        assert_eq!(serde_json::from_str::<Page>(&kept).unwrap(), page);
    }
}
