//! Dates of headings in other forms than `2026-02-01`.

/// English names of the months. The first three letters are the abbreviation.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A date, of which every part has been checked.
#[derive(Clone, Copy, Debug)]
struct Day<'a> {
    year: &'a str,
    /// From 1.
    month: usize,
    day: u8,
}

/// Returns `text` with the date in it replaced by `iso` (`2026-02-01`), in the same form. `None`
/// unless the text consists of a date whose form follows from its parts: `(February 1st, 2026)`,
/// `- 2026/02/01`.
pub(super) fn restyled(text: &str, iso: &str) -> Option<String> {
    let new = read_iso(iso)?;
    let words = words(text);
    let [first, second, third] = words.as_slice() else {
        return None;
    };
    let written = if is_year(first.1) {
        // With the year first, the month is second.
        let separator = &text[first.0 + first.1.len()..second.0];
        let is_numeric = ["/", ".", "-"].contains(&separator) && number(second.1).is_some();
        if !is_numeric || number(third.1).is_none() {
            return None;
        }
        let is_padded = second.1.len() == 2 && third.1.len() == 2;
        let part = |value: usize| match is_padded {
            true => format!("{value:02}"),
            false => value.to_string(),
        };
        [
            new.year.to_owned(),
            part(new.month),
            part(usize::from(new.day)),
        ]
    } else if is_year(third.1) {
        let year = new.year.to_owned();
        if let Some(month) = month_like(first.1, new) {
            [month, day_like(second.1, new)?, year]
        } else {
            [day_like(first.1, new)?, month_like(second.1, new)?, year]
        }
    } else {
        return None;
    };
    let mut restyled = text.to_owned();
    for ((at, old), new) in words.iter().zip(written).rev() {
        restyled.replace_range(*at..at + old.len(), &new);
    }
    Some(restyled)
}

/// Returns the words of letters and digits with their positions.
fn words(text: &str) -> Vec<(usize, &str)> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
        .collect()
}

fn read_iso(iso: &str) -> Option<Day<'_>> {
    let mut parts = iso.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = month.parse().ok().filter(|m| (1..=12).contains(m))?;
    Some(Day {
        year,
        month,
        day: day.parse().ok()?,
    })
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit())
}

/// Returns a number of one or two digits.
fn number(word: &str) -> Option<u8> {
    (word.len() <= 2).then(|| word.parse().ok()).flatten()
}

/// Returns the name of the new month, abbreviated and in the case of `old`. `None` if `old` is not
/// a month.
fn month_like(old: &str, new: Day<'_>) -> Option<String> {
    let lower = old.to_ascii_lowercase();
    let is_full = MONTHS.contains(&lower.as_str());
    let is_short = lower == "sept" || MONTHS.iter().any(|month| month[..3] == lower);
    if !is_full && !is_short {
        return None;
    }
    let name = MONTHS[new.month - 1];
    let name = if is_full { name } else { &name[..3] };
    Some(match old {
        _ if old == lower => name.to_owned(),
        _ if old == old.to_ascii_uppercase() => name.to_ascii_uppercase(),
        _ => name[..1].to_ascii_uppercase() + &name[1..],
    })
}

/// Returns the new day with the padding and the ordinal of `old`. `None` if `old` is not a day.
fn day_like(old: &str, new: Day<'_>) -> Option<String> {
    let digits = old.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    number(digits)?;
    let suffix = &old[digits.len()..];
    if !["", "st", "nd", "rd", "th"].contains(&suffix) {
        return None;
    }
    let day = match digits.starts_with('0') {
        true => format!("{:02}", new.day),
        false => new.day.to_string(),
    };
    let ordinal = match (new.day % 10, new.day / 10) {
        _ if suffix.is_empty() => "",
        (1, 0 | 2 | 3) => "st",
        (2, 0 | 2) => "nd",
        (3, 0 | 2) => "rd",
        _ => "th",
    };
    Some(day + ordinal)
}

#[cfg(test)]
mod tests {
    use super::restyled;

    #[test]
    fn form_of_the_date_is_kept() {
        for (text, expected) in [
            (" (February 1st, 2026)", Some(" (March 22nd, 2027)")),
            (" (December 18, 2025)", Some(" (March 22, 2027)")),
            (" (Dec 18, 2025)", Some(" (Mar 22, 2027)")),
            (" (18 Dec. 2025)", Some(" (22 Mar. 2027)")),
            (" - 18 december 2025", Some(" - 22 march 2027")),
            (" / FEBRUARY 01 2026", Some(" / MARCH 22 2027")),
            (" - 2026/02/01", Some(" - 2027/03/22")),
            (" (2026.2.1)", Some(" (2027.3.22)")),
            // The order of day and month is unknown.
            (" - 01/02/2026", None),
            (" (2026/Feb/01)", None),
            (" (2026 02 01)", None),
            (" (February 2026)", None),
            (" (1 Smarch 2026)", None),
            (" (February 1x, 2026)", None),
            (": 2026 in words", None),
            (" (February 1st, 2026) [YANKED]", None),
            ("", None),
        ] {
            assert_eq!(restyled(text, "2027-03-22").as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn ordinals_follow_the_day() {
        for (day, expected) in [
            ("01", "1st"),
            ("02", "2nd"),
            ("03", "3rd"),
            ("04", "4th"),
            ("11", "11th"),
            ("12", "12th"),
            ("13", "13th"),
            ("21", "21st"),
            ("22", "22nd"),
            ("23", "23rd"),
            ("30", "30th"),
            ("31", "31st"),
        ] {
            let iso = format!("2026-05-{day}");
            let expected = format!("May {expected}, 2026");
            assert_eq!(restyled("June 4th, 2025", &iso), Some(expected));
        }
    }
}
