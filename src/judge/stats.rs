//! The ratio of two small samples with an exact interval.
//!
//! Times are compared as ratios. The estimate is the Hodges-Lehmann shift of the logarithms, which is
//! the median of all pairwise ratios. The bounds of its interval are two of these ratios, with the
//! rank from the exact null distribution of Mann-Whitney's U (Hodges & Lehmann 1963; Lehmann 1975).
//! Without ties the result equals R's `wilcox.test(conf.int = TRUE)`; with ties the closed interval
//! still covers at least as often (Noether 1967). This module knows nothing about metrics.

use crate::run::Ratio;

/// The fewest repeats per side that can reach a one-sided level of 5 % for both bounds.
pub(super) const FEWEST: usize = 3;

/// The most repeats per side that are used. The limit keeps the numbers of orderings within an `i128`
/// and bounds the time for hostile files.
const MOST: usize = 50;

/// The factor by which a single wall time may differ from its median. Repeated clean builds on one
/// machine vary by this much.
const SINGLE: f64 = 1.35;

/// Returns the ratio of head to base. Each bound misses the true ratio with a probability of at most
/// 5 %. `None` if there are too few samples for that, or if one is not a positive number.
pub(super) fn ratio(base: &[f64], head: &[f64]) -> Option<Ratio> {
    let (base, head) = (&base[..base.len().min(MOST)], &head[..head.len().min(MOST)]);
    if !base.iter().chain(head).all(|v| v.is_finite() && *v > 0.0) {
        return None;
    }
    let rank = rank(base.len(), head.len())?;
    // The logarithm is monotonic, so the ratios sort in the same order as the differences of the
    // logarithms.
    let mut ratios: Vec<f64> = base
        .iter()
        .flat_map(|b| head.iter().map(move |h| h / b))
        .collect();
    ratios.sort_by(f64::total_cmp);
    let last = ratios.len() - 1;
    // The median of an even number of logarithms is the geometric mean of the middle two ratios.
    let estimate = (ratios[last / 2] * ratios[last - last / 2]).sqrt();
    Some(Ratio {
        estimate,
        lower: ratios[rank - 1],
        upper: ratios[last + 1 - rank],
    })
}

/// Returns the ratio of head to base from pairs of values that were measured one after the other, so
/// that a machine that becomes slower does not count. Each bound misses the true ratio with a
/// probability of at most `level`. `None` if there are too few pairs for that, or if a value is not a
/// positive number.
///
/// The estimate is the median of the geometric means of any two ratios, and the bounds are two of these,
/// with the rank from the exact null distribution of Wilcoxon's signed rank statistic. Without ties the
/// result equals R's `wilcox.test(paired = TRUE, conf.int = TRUE)` of the logarithms.
pub(super) fn paired(base: &[f64], head: &[f64], level: f64) -> Option<Ratio> {
    let pairs = base.iter().zip(head).take(MOST);
    let ratios: Vec<f64> = pairs.map(|(base, head)| head / base).collect();
    if !ratios.iter().all(|ratio| ratio.is_finite() && *ratio > 0.0) {
        return None;
    }
    let rank = signed_rank(ratios.len(), level)?;
    let mut means: Vec<f64> = ratios
        .iter()
        .enumerate()
        .flat_map(|(n, one)| ratios[n..].iter().map(move |other| (one * other).sqrt()))
        .collect();
    means.sort_by(f64::total_cmp);
    let last = means.len() - 1;
    Some(Ratio {
        estimate: (means[last / 2] * means[last - last / 2]).sqrt(),
        lower: means[rank - 1],
        upper: means[last + 1 - rank],
    })
}

/// Returns the greatest `i` with `P(W <= i - 1) <= level` for the signed rank statistic of `n` pairs.
fn signed_rank(n: usize, level: f64) -> Option<usize> {
    // The number of sets of ranks from 1 to n with this sum.
    let mut ways = vec![0_u64; n * (n + 1) / 2 + 1];
    ways[0] = 1;
    for rank in 1..=n {
        for sum in (rank..ways.len()).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    let all = (1_u64 << n) as f64;
    let mut below = 0;
    let reached = ways.iter().take_while(|ways| {
        below += **ways;
        below as f64 / all <= level
    });
    Some(reached.count()).filter(|rank| *rank > 0)
}

/// Returns the ratio of two values with an interval each: the range of all quotients.
pub(super) fn quotient(base: (f64, (f64, f64)), head: (f64, (f64, f64))) -> Option<Ratio> {
    let ((base, (base_low, base_high)), (head, (head_low, head_high))) = (base, head);
    let ratio = Ratio {
        estimate: head / base,
        lower: head_low / base_high,
        upper: head_high / base_low,
    };
    (base_low > 0.0
        && head_low >= 0.0
        && ratio.estimate.is_finite()
        && ratio.upper.is_finite()
        && ratio.lower <= ratio.upper)
        .then_some(ratio)
}

/// Returns the ratio of two single times with a margin on both sides.
pub(super) fn single(base: f64, head: f64) -> Option<Ratio> {
    let estimate = head / base;
    (base > 0.0 && estimate.is_finite()).then_some(Ratio {
        estimate,
        lower: estimate / SINGLE,
        upper: estimate * SINGLE,
    })
}

/// Returns the number of repeats per side after which the interval would exclude the bound, if the
/// estimate stays the same: the width shrinks with the square root of the number. `None` if the
/// number exceeds [`MOST`].
pub(super) fn repeats(now: usize, ratio: Ratio, bound: f64) -> Option<usize> {
    let (far, near) = if bound > ratio.estimate {
        (ratio.upper / ratio.estimate, bound / ratio.estimate)
    } else {
        (ratio.estimate / ratio.lower, ratio.estimate / bound)
    };
    let needed = (1..=MOST).find(|n| near.ln() * (*n as f64 / now as f64).sqrt() > far.ln())?;
    (near > 1.0).then_some(needed.max(now + 1))
}

/// Returns the greatest `i` with `P(U <= i - 1) <= 5 %`. The bounds are the i-th smallest and the
/// i-th largest pairwise ratio.
fn rank(base: usize, head: usize) -> Option<usize> {
    let ways = orderings(base, head);
    let all: i128 = ways.iter().sum();
    let mut below = 0;
    let reached = ways.iter().take_while(|n| {
        below += **n;
        // With three repeats per side the first tail is exactly 5 %, so nothing may be rounded.
        below * 20 <= all
    });
    Some(reached.count()).filter(|rank| *rank > 0)
}

/// Returns the numbers of orderings of two samples without ties for which U is 0, 1, and so on: the
/// coefficients of the Gaussian binomial `prod (1 - q^(m+i)) / (1 - q^i)` for i in 1..=n.
fn orderings(n: usize, m: usize) -> Vec<i128> {
    let most = n * m;
    let mut ways = vec![0_i128; most + 1];
    ways[0] = 1;
    for i in 1..=n {
        // The factor `1 - q^(m+i)`: from the top, because each term needs a lower one as it was.
        for u in (m + i..=most).rev() {
            ways[u] -= ways[u - m - i];
        }
        // The division by `1 - q^i`: from the bottom, because each term needs a lower one of the
        // quotient.
        for u in i..=most {
            ways[u] += ways[u - i];
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ```python
    /// from scipy.stats import mannwhitneyu                                    # 1.17.1
    /// # x, y: samples without ties whose statistic is u
    /// mannwhitneyu(x, y, alternative="less", method="exact").pvalue           # P(U <= u); the first u above .05
    /// ```
    #[test]
    fn ranks_are_those_of_the_exact_mann_whitney_test() {
        let table = [
            ((2, 2), 0),
            ((2, 4), 0),
            ((2, 5), 1),
            ((3, 3), 1),
            ((3, 4), 1),
            ((3, 5), 2),
            ((4, 4), 2),
            ((4, 5), 3),
            ((5, 5), 5),
            ((3, 10), 5),
            ((6, 6), 8),
            ((7, 7), 12),
            ((10, 10), 28),
            ((12, 12), 43),
            ((8, 20), 48),
            ((20, 20), 139),
        ];
        for ((n, m), expected) in table {
            assert_eq!(rank(n, m).unwrap_or(0), expected, "{n} against {m}");
            assert_eq!(rank(m, n).unwrap_or(0), expected, "{m} against {n}");
        }
        assert_eq!((rank(0, 3), rank(1, 1)), (None, None));
    }

    /// ```python
    /// d = np.sort(np.log(np.array(head)[:, None] / np.array(base)[None, :]).ravel()); i = RANK  # as above
    /// np.exp([np.median(d), d[i - 1], d[len(d) - i]])
    /// ```
    #[test]
    fn intervals_are_the_order_statistics_of_all_pairwise_ratios() {
        let table: [(&[f64], &[f64], [f64; 3]); 5] = [
            (
                &[10.0, 11.0, 12.0],
                &[10.0, 11.0, 12.0],
                [1.0, 0.833333333333, 1.2],
            ),
            (
                &[10.0, 10.1, 10.2],
                &[12.0, 12.1, 12.5],
                [1.2, 1.17647058824, 1.25],
            ),
            (
                &[84.2, 83.1, 86.0, 85.5],
                &[61.0, 60.2, 62.8, 61.4],
                [0.724446978618, 0.704093567251, 0.745843230404],
            ),
            (
                &[1.0, 1.0, 1.0, 2.0, 2.0],
                &[1.0, 1.0, 2.0, 2.0, 2.0],
                [1.0, 1.0, 2.0],
            ),
            (
                &[5.1, 4.9, 5.0, 5.3, 7.0],
                &[5.2, 5.0, 5.1, 5.6, 5.05, 4.95],
                [0.995085965347, 0.8, 1.04081632653],
            ),
        ];
        for (base, head, [estimate, lower, upper]) in table {
            let got = ratio(base, head).expect("enough samples");
            for (got, expected) in [
                (got.estimate, estimate),
                (got.lower, lower),
                (got.upper, upper),
            ] {
                assert!(
                    (got / expected - 1.0).abs() < 1e-10,
                    "{base:?} {head:?}: {got} for {expected}"
                );
            }
        }
    }

    /// `psignrank(RANK - 1, n)` of R is at most the level, and `psignrank(RANK, n)` is above it.
    #[test]
    fn ranks_of_pairs_are_those_of_the_exact_signed_rank_test() {
        let table = [
            (5, 0.05, Some(1)),
            (6, 0.05, Some(3)),
            (8, 0.05, Some(6)),
            (10, 0.05, Some(11)),
            (20, 0.05, Some(61)),
            (4, 0.05, None),
            (7, 0.00833, Some(1)),
            (10, 0.005, Some(4)),
            (0, 0.05, None),
        ];
        for (n, level, rank) in table {
            assert_eq!(signed_rank(n, level), rank, "{n} pairs at {level}");
        }
    }

    #[test]
    fn pairs_cancel_what_both_have_in_common() {
        let base = [10.0, 20.0, 40.0, 15.0, 11.0, 90.0];
        let head = base.map(|value| value * 0.8);
        let ratio = paired(&base, &head, 0.05).unwrap();
        for value in [ratio.estimate, ratio.lower, ratio.upper] {
            assert!((value - 0.8).abs() < 1e-12, "{ratio:?}");
        }
        assert_eq!(paired(&base[..4], &head[..4], 0.05), None, "too few");
        assert_eq!(paired(&[0.0; 6], &head, 0.05), None);
        assert!(paired(&[1.0; 1000], &[1.0; 1000], 0.05).is_some());
    }

    #[test]
    fn too_few_or_senseless_samples_have_no_interval() {
        for (base, head) in [
            (&[1.0, 2.0][..], &[1.0, 2.0][..]),
            (&[], &[1.0, 2.0, 3.0]),
            (&[1.0, 0.0, 1.0], &[1.0, 1.0, 1.0]),
            (&[1.0, 1.0, 1.0], &[1.0, -1.0, 1.0]),
            (&[1.0, 1.0, 1.0], &[1.0, f64::NAN, 1.0]),
        ] {
            assert_eq!(ratio(base, head), None, "{base:?} {head:?}");
        }
        assert!(
            ratio(&vec![1.0; 100_000], &vec![1.0; 100_000]).is_some(),
            "large samples are cut, not refused"
        );
    }

    /// Under the null every split of the pooled values is as likely; with ties the closed interval must not miss more
    /// often than 5 % on either side.
    #[test]
    fn ties_never_make_an_interval_miss_more_often_than_it_says() {
        for pooled in [
            [1, 1, 1, 2, 2, 3, 3, 3],
            [1, 1, 1, 1, 1, 1, 1, 2],
            [1, 2, 3, 4, 5, 6, 7, 8],
        ] {
            let (mut splits, mut above, mut below) = (0, 0, 0);
            for mask in (0_u32..256).filter(|mask| mask.count_ones() == 4) {
                let side = |wanted: u32| -> Vec<f64> {
                    (0..8)
                        .filter(|i| mask >> i & 1 == wanted)
                        .map(|i| f64::from(pooled[i as usize]))
                        .collect()
                };
                let got = ratio(&side(0), &side(1)).expect("four each");
                splits += 1;
                above += u32::from(got.lower > 1.0);
                below += u32::from(got.upper < 1.0);
            }
            assert!(
                above * 20 <= splits && below * 20 <= splits,
                "{pooled:?}: {above} and {below} of {splits}"
            );
        }
    }

    #[test]
    fn repeats_that_would_decide_grow_as_the_bound_nears_the_estimate() {
        let at = |bound| {
            repeats(
                3,
                Ratio {
                    estimate: 1.0,
                    lower: 0.9,
                    upper: 1.1,
                },
                bound,
            )
        };
        assert_eq!(
            [at(1.09), at(1.05), at(1.03), at(1.01), at(1.0)],
            [Some(4), Some(12), Some(32), None, None]
        );
        assert_eq!([at(0.95), at(0.0)], [Some(13), Some(4)]);
    }

    #[test]
    fn single_times_and_quotients_span_what_they_cannot_tell_apart() {
        let got = single(100.0, 100.0).expect("positive");
        assert_eq!((got.lower, got.upper), (1.0 / 1.35, 1.35));
        assert_eq!((single(0.0, 1.0), single(1.0, f64::INFINITY)), (None, None));
        let got = quotient((10.0, (9.0, 11.0)), (12.0, (11.0, 13.5))).expect("positive");
        assert_eq!((got.estimate, got.lower, got.upper), (1.2, 1.0, 1.5));
        assert_eq!(quotient((10.0, (0.0, 11.0)), (12.0, (11.0, 13.5))), None);
    }
}
