//! A set of lines of a file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A set of lines, 1-based. Written as ranges: `3,7-12`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LineSet {
    /// The first and the last line of each range, ascending. There is a line between two ranges.
    ranges: Vec<(u32, u32)>,
}

impl LineSet {
    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Returns the number of lines.
    pub fn count(&self) -> u64 {
        let sizes = self.ranges.iter();
        sizes.map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// Returns the first line.
    pub fn first(&self) -> Option<u32> {
        self.ranges.first().map(|(first, _)| *first)
    }

    /// Returns the last line.
    pub fn last(&self) -> Option<u32> {
        self.ranges.last().map(|(_, last)| *last)
    }

    /// Returns whether a line is one of them.
    pub fn contains(&self, line: u32) -> bool {
        let after = self.ranges.partition_point(|(_, last)| *last < line);
        let range = self.ranges.get(after);
        range.is_some_and(|(first, _)| *first <= line)
    }

    /// Returns the lines from `first` to `last`.
    #[must_use]
    pub fn within(&self, first: u32, last: u32) -> Self {
        let from = self.ranges.partition_point(|range| range.1 < first);
        let ranges = self.ranges[from..].iter();
        let ranges = ranges.take_while(|range| range.0 <= last);
        Self {
            ranges: ranges
                .map(|range| (range.0.max(first), range.1.min(last)))
                .collect(),
        }
    }

    /// Returns the lines that are not among the others.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        let mut ranges = Vec::new();
        let mut from = 0;
        for (first, last) in &others.ranges {
            if let Some(before) = first.checked_sub(1) {
                ranges.extend(self.within(from, before).ranges);
            }
            let Some(next) = last.checked_add(1) else {
                return Self { ranges };
            };
            from = next;
        }
        ranges.extend(self.within(from, u32::MAX).ranges);
        Self { ranges }
    }

    /// Returns the lines that are among the others.
    #[must_use]
    pub fn among(&self, others: &Self) -> Self {
        let parts = others.ranges.iter();
        Self {
            ranges: parts
                .flat_map(|(first, last)| self.within(*first, *last).ranges)
                .collect(),
        }
    }

    /// Adds the lines of another set.
    pub fn extend(&mut self, others: &Self) {
        let mut ranges = std::mem::take(&mut self.ranges);
        ranges.extend_from_slice(&others.ranges);
        // In ascending order, no range is inserted before others.
        ranges.sort_unstable();
        for (first, last) in ranges {
            self.add(first, last);
        }
    }

    /// Adds the lines from `first` to `last`. Reversed ranges are empty.
    pub fn add(&mut self, first: u32, last: u32) {
        if first > last {
            return;
        }
        let from = self
            .ranges
            .partition_point(|range| range.1.saturating_add(1) < first);
        let to = self
            .ranges
            .partition_point(|range| range.0 <= last.saturating_add(1));
        let touched = &self.ranges[from..to];
        let first = touched.first().map_or(first, |range| range.0.min(first));
        let last = touched.last().map_or(last, |range| range.1.max(last));
        self.ranges.splice(from..to, [(first, last)]);
    }
}

impl fmt::Display for LineSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (first, last)) in self.ranges.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            match first == last {
                true => write!(f, "{comma}{first}")?,
                false => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for LineSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut lines = Self::default();
        for range in text.split(',').filter(|range| !range.is_empty()) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (Ok(first), Ok(last)) = (first.parse(), last.parse()) else {
                return Err(format!("invalid lines `{range}`"));
            };
            lines.add(first, last);
        }
        Ok(lines)
    }
}

impl TryFrom<String> for LineSet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<LineSet> for String {
    fn from(lines: LineSet) -> Self {
        lines.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> LineSet {
        text.parse().unwrap()
    }

    #[test]
    fn ranges_are_joined_in_any_order() {
        for (text, expected, count) in [
            ("", "", 0),
            ("3,1,2", "1-3", 3),
            ("5-9,1,7-12,3", "1,3,5-12", 10),
            ("1-2,4-5,3", "1-5", 5),
            ("4-2,1-9,3-4", "1-9", 9),
            ("4294967295,1", "1,4294967295", 2),
        ] {
            let lines = lines(text);
            assert_eq!((&*lines.to_string(), lines.count()), (expected, count));
        }
        assert!("1-x".parse::<LineSet>().is_err());
    }

    #[test]
    fn parts_of_a_set_are_found() {
        let all = lines("2-4,8,10-12");
        let contained: Vec<u32> = (0..14).filter(|line| all.contains(*line)).collect();
        assert_eq!(contained, [2, 3, 4, 8, 10, 11, 12]);
        assert_eq!(all.within(3, 10).to_string(), "3-4,8,10");
        assert_eq!(all.within(5, 7).to_string(), "");
        for (others, without, among) in [
            ("3,8-11", "2,4,12", "3,8,10-11"),
            ("", "2-4,8,10-12", ""),
            ("1-4294967295", "", "2-4,8,10-12"),
            ("0,4-9,13", "2-3,10-12", "4,8"),
        ] {
            let others = lines(others);
            let found = [all.without(&others), all.among(&others)];
            assert_eq!(found.map(|lines| lines.to_string()), [without, among]);
        }
        assert_eq!(all.first(), Some(2));
    }
}
