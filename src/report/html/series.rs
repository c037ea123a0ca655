//! Which of many values a chart shows.

/// Returns the positions of at most about `most` of the values, in order: the first, the last, and the lowest and the
/// highest of each stretch of equal length. All of them if they are few enough.
pub(super) fn thinned(values: &[f64], most: usize) -> Vec<usize> {
    let most = most.max(4);
    if values.len() <= most {
        return (0..values.len()).collect();
    }
    let stretches = (most - 2) / 2;
    let last = values.len() - 1;
    let mut kept = vec![0];
    for stretch in 0..stretches {
        // The first and the last value are kept in any case.
        let from = 1 + stretch * (last - 1) / stretches;
        let to = 1 + (stretch + 1) * (last - 1) / stretches;
        let (low, high) = extremes(values, from, to);
        kept.push(low.min(high));
        if low != high {
            kept.push(low.max(high));
        }
    }
    kept.push(last);
    kept
}

/// Returns the positions of the lowest and the highest value of a part that is not empty.
fn extremes(values: &[f64], from: usize, to: usize) -> (usize, usize) {
    let (mut low, mut high) = (from, from);
    for at in from..to {
        if values[at] < values[low] {
            low = at;
        }
        if values[at] > values[high] {
            high = at;
        }
    }
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_all_kept() {
        for count in [0, 1, 2, 3, 4, 50] {
            let values: Vec<f64> = (0..count).map(f64::from).collect();
            assert_eq!(thinned(&values, 50).len(), values.len());
        }
    }

    #[test]
    fn first_last_and_extremes_of_each_stretch_are_kept() {
        for most in [4, 5, 10, 51, 200] {
            for count in [201_u32, 999, 10_000] {
                let values: Vec<f64> = (0..count)
                    .map(|at| f64::from(at * 7919 % 1009) - f64::from(at % 3))
                    .collect();
                let kept = thinned(&values, most);
                assert!(
                    kept.len() <= most && kept.len() * 3 > most,
                    "{most} {count}"
                );
                assert!(kept.is_sorted_by(|one, other| one < other));
                assert_eq!((kept[0], *kept.last().unwrap()), (0, values.len() - 1));
                let (low, high) = extremes(&values, 0, values.len());
                for extreme in [values[low], values[high]] {
                    assert!(kept.iter().any(|at| values[*at] == extreme), "{extreme}");
                }
            }
        }
    }
}
