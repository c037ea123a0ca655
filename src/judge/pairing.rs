//! Pairing two sets of lines by nearness.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Pairs elements of `base` and `head` until the shorter side is used up.
///
/// Sides of equal length are paired in the order of lines, because moved code keeps its order.
/// Otherwise the nearest are paired first, so that the remaining ones are far from all others.
pub(super) fn pair(
    base: &[usize],
    head: &[usize],
    base_line: impl Fn(usize) -> u32,
    head_line: impl Fn(usize) -> u32,
) -> Vec<(usize, usize)> {
    let (base, head) = (sorted(base, base_line), sorted(head, head_line));
    if base.len() == head.len() {
        return base.iter().zip(&head).map(|(b, h)| (b.1, h.1)).collect();
    }
    if base.is_empty() || head.is_empty() {
        return Vec::new();
    }
    nearest(&base, &head)
}

/// Returns the elements of a side with their lines, sorted by line.
fn sorted(side: &[usize], line: impl Fn(usize) -> u32) -> Vec<(u32, usize)> {
    let mut side: Vec<(u32, usize)> = side.iter().map(|i| (line(*i), *i)).collect();
    side.sort_unstable();
    side
}

/// An element of either side in the merged order of lines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    line: u32,
    is_head: bool,
    index: usize,
}

/// Merges both sides in the order of lines.
fn merged(base: &[(u32, usize)], head: &[(u32, usize)]) -> Vec<Node> {
    let base = base.iter().map(|entry| (false, entry));
    let head = head.iter().map(|entry| (true, entry));
    let mut nodes: Vec<Node> = base
        .chain(head)
        .map(|(is_head, &(line, index))| Node {
            line,
            is_head,
            index,
        })
        .collect();
    nodes.sort_unstable();
    nodes
}

/// A pair of neighbours in the heap: distance, left node, right node. The closest pair comes first.
type Neighbours = Reverse<(u32, usize, usize)>;

/// Returns two neighbours if they are on different sides.
fn neighbours(nodes: &[Node], left: usize, right: usize) -> Option<Neighbours> {
    let (a, b) = (nodes.get(left)?, nodes.get(right)?);
    (a.is_head != b.is_head).then(|| Reverse((b.line - a.line, left, right)))
}

/// Pairs the nearest first in `n log n` steps.
///
/// The closest pair is always a pair of neighbours. It is removed, its outer neighbours become
/// neighbours of each other, and so on.
fn nearest(base: &[(u32, usize)], head: &[(u32, usize)]) -> Vec<(usize, usize)> {
    let nodes = merged(base, head);
    let end = nodes.len();
    let mut before: Vec<usize> = (0..end).map(|i| i.wrapping_sub(1)).collect();
    let mut after: Vec<usize> = (1..=end).collect();
    let mut taken = vec![false; end];
    let mut heap: BinaryHeap<_> = (1..end)
        .filter_map(|right| neighbours(&nodes, right - 1, right))
        .collect();
    let mut pairs = Vec::new();
    while let Some(Reverse((_, left, right))) = heap.pop() {
        if taken[left] || taken[right] {
            continue;
        }
        taken[left] = true;
        taken[right] = true;
        let (b, h) = if nodes[left].is_head {
            (right, left)
        } else {
            (left, right)
        };
        pairs.push((nodes[b].index, nodes[h].index));

        // Close the gap: the nodes outside of the pair become neighbours.
        let (outer_left, outer_right) = (before[left], after[right]);
        if let Some(next) = after.get_mut(outer_left) {
            *next = outer_right;
        }
        if let Some(previous) = before.get_mut(outer_right) {
            *previous = outer_left;
        }
        heap.extend(neighbours(&nodes, outer_left, outer_right));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of the base, of the head, and the pairs expected.
    type Case = (&'static [u32], &'static [u32], &'static [(u32, u32)]);

    #[test]
    fn the_nearest_are_paired_and_the_far_one_is_left() {
        let table: [Case; 7] = [
            (&[10, 50], &[11, 30, 51], &[(10, 11), (50, 51)]),
            (&[10], &[1, 9, 12], &[(10, 9)]),
            (&[1, 9, 12], &[10], &[(9, 10)]),
            // Equally many keep their order, though 11 and 21 are on both sides.
            (&[1, 11, 21], &[11, 21, 31], &[(1, 11), (11, 21), (21, 31)]),
            (&[5, 5, 5], &[5, 5], &[(5, 5), (5, 5)]),
            (&[10, 12], &[11], &[(10, 11)]),
            (&[], &[1], &[]),
        ];
        for (base, head, expected) in table {
            let all = |side: &[u32]| (0..side.len()).collect::<Vec<_>>();
            let mut got: Vec<_> = pair(&all(base), &all(head), |b| base[b], |h| head[h])
                .into_iter()
                .map(|(b, h)| (base[b], head[h]))
                .collect();
            got.sort_unstable();
            assert_eq!(got, expected, "{base:?} {head:?}");
        }
    }

    #[test]
    fn everything_on_the_shorter_side_is_paired_once() {
        let mut seed = 7_u64;
        for _ in 0..300 {
            let mut next = |below: u64| {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (seed >> 33) % below
            };
            let (n, m) = (next(12) as usize, next(12) as usize);
            let lines: Vec<u32> = (0..n + m).map(|_| next(30) as u32).collect();
            let (base, head): (Vec<_>, Vec<_>) = ((0..n).collect(), (n..n + m).collect());
            let pairs = pair(&base, &head, |b| lines[b], |h| lines[h]);
            assert_eq!(pairs.len(), n.min(m));
            let distinct = |side: Vec<usize>| {
                side.into_iter()
                    .collect::<std::collections::BTreeSet<_>>()
                    .len()
            };
            assert_eq!(distinct(pairs.iter().map(|p| p.0).collect()), n.min(m));
            assert_eq!(distinct(pairs.iter().map(|p| p.1).collect()), n.min(m));
        }
    }
}
