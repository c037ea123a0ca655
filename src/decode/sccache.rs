//! The statistics of sccache: `sccache --show-stats --stats-format=json`.
//!
//! The counters are those of the server since it was started. The form is that of 0.4 to 0.16; other counters than
//! these are ignored.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The counts of the server of sccache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Calls of the compiler, with those that compile nothing.
    pub requests: u64,
    /// Compilations that the cache answered.
    pub hits: u64,
    /// Compilations that the cache could have answered and did not.
    pub misses: u64,
    /// Failures to read from the cache and to write to it.
    pub errors: u64,
    /// Calls that are never cached, by sccache's word for the reason.
    pub uncached: BTreeMap<String, u64>,
    /// The bytes that the cache holds at most. `None` if the cache has no such limit.
    pub cap: Option<u64>,
    /// The bytes that it holds. `None` if that is not known.
    pub size: Option<u64>,
}

#[derive(Deserialize)]
struct Document {
    stats: Counters,
    cache_size: Option<u64>,
    max_cache_size: Option<u64>,
}

#[derive(Deserialize)]
struct Counters {
    compile_requests: u64,
    requests_not_cacheable: u64,
    cache_hits: ByLanguage,
    cache_misses: ByLanguage,
    cache_errors: ByLanguage,
    cache_timeouts: u64,
    cache_read_errors: u64,
    cache_write_errors: u64,
    not_cached: BTreeMap<String, u64>,
}

/// A counter for each language of the sources.
#[derive(Deserialize)]
struct ByLanguage {
    counts: BTreeMap<String, u64>,
}

impl ByLanguage {
    fn total(&self) -> u64 {
        sum(self.counts.values().copied())
    }
}

/// Reads the document.
///
/// # Errors
/// If it is of another form, or if parts contradict each other.
pub fn read(text: &str) -> Result<CacheStats, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let stats = document.stats;
    let explained = sum(stats.not_cached.values().copied());
    if explained != stats.requests_not_cacheable {
        return Err(format!(
            "it counts {} requests that are not cached, and reasons of {explained}",
            stats.requests_not_cacheable
        ));
    }
    let (hits, misses) = (stats.cache_hits.total(), stats.cache_misses.total());
    let answered = sum([hits, misses, explained]);
    if answered > stats.compile_requests {
        return Err(format!(
            "it counts {} requests, and {answered} that were answered, missed or not cached",
            stats.compile_requests
        ));
    }
    Ok(CacheStats {
        requests: stats.compile_requests,
        hits,
        misses,
        errors: sum([
            stats.cache_errors.total(),
            stats.cache_timeouts,
            stats.cache_read_errors,
            stats.cache_write_errors,
        ]),
        uncached: stats.not_cached,
        cap: document.max_cache_size,
        size: document.cache_size,
    })
}

fn sum(counts: impl IntoIterator<Item = u64>) -> u64 {
    counts.into_iter().fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = include_str!("../../fixtures/streams/sccache/after.json");

    /// What 0.4 prints after a build.
    const EARLIER: &str = r#"{"stats":{"compile_requests":4,"requests_unsupported_compiler":0,"requests_not_compile":0,"requests_not_cacheable":3,"requests_executed":1,"cache_errors":{"counts":{}},"cache_hits":{"counts":{}},"cache_misses":{"counts":{"Rust":1}},"cache_timeouts":0,"cache_read_errors":0,"non_cacheable_compilations":0,"forced_recaches":0,"cache_write_errors":0,"cache_writes":1,"cache_write_duration":{"secs":0,"nanos":15037788},"cache_read_hit_duration":{"secs":0,"nanos":0},"compiler_write_duration":{"secs":3,"nanos":849286292},"compile_fails":0,"not_cached":{"-":1,"missing input":2},"dist_compiles":{},"dist_errors":0},"cache_location":"Local disk","cache_size":1720711,"max_cache_size":10737418240}"#;

    #[test]
    fn counters_of_both_forms_are_read() {
        let stats = read(RECORDED).unwrap();
        assert_eq!(
            (stats.requests, stats.hits, stats.misses, stats.errors),
            (254, 74, 74, 0)
        );
        let reasons = [
            ("-", 24),
            ("-o", 6),
            ("crate-type", 48),
            ("missing input", 6),
        ];
        let reasons = reasons.map(|(reason, count)| (reason.to_owned(), count));
        assert_eq!(stats.uncached, reasons.into());
        assert_eq!(
            (stats.cap, stats.size),
            (Some(10_737_418_240), Some(45_342_642))
        );
        let stats = read(EARLIER).unwrap();
        assert_eq!((stats.requests, stats.hits, stats.misses), (4, 0, 1));
    }

    #[test]
    fn other_forms_are_rejected() {
        for (from, to, reason) in [
            ("\"compile_requests\"", "\"requests\"", "compile_requests"),
            ("\"Rust\":74", "\"Rust\":-74", "invalid value"),
            ("\"crate-type\":48", "\"crate-type\":47", "reasons of 83"),
            (
                "\"compile_requests\":254",
                "\"compile_requests\":231",
                "it counts 231 requests, and 232",
            ),
            ("{\"stats\"", "garbage", "expected value"),
        ] {
            let error = read(&RECORDED.replace(from, to)).unwrap_err();
            assert!(error.contains(reason), "{to}: {error}");
        }
    }
}
