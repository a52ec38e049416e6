//! Which neighbours belong together? Cells become municipalities, these provinces, and regions the beats of
//! representatives by the same rule: connected groups of about equal weight.

use std::collections::BTreeSet;

/// Splits a graph into connected groups of about equal weight: seeds far apart, then always the lightest
/// group takes the neighbour nearest in steps.
pub(super) fn grow(beside: &[BTreeSet<usize>], weights: &[f64], count: usize) -> Vec<Vec<usize>> {
    let n = beside.len();
    let count = count.clamp(1, n.max(1));
    let steps_from = |sources: &[usize]| {
        let mut steps = vec![usize::MAX; n];
        let mut queue: std::collections::VecDeque<usize> = sources.iter().copied().collect();
        for s in sources {
            steps[*s] = 0;
        }
        while let Some(at) = queue.pop_front() {
            for &next in &beside[at] {
                if steps[next] == usize::MAX {
                    steps[next] = steps[at] + 1;
                    queue.push_back(next);
                }
            }
        }
        steps
    };
    let heaviest = (0..n).max_by(|a, b| weights[*a].total_cmp(&weights[*b]).then(b.cmp(a)));
    let mut seeds: Vec<usize> = heaviest.into_iter().collect();
    while seeds.len() < count {
        let steps = steps_from(&seeds);
        let far = (0..n).filter(|i| steps[*i] > 0).max_by(|a, b| {
            steps[*a]
                .cmp(&steps[*b])
                .then(weights[*a].total_cmp(&weights[*b]))
                .then(b.cmp(a))
        });
        match far {
            Some(far) => seeds.push(far),
            None => break,
        }
    }
    let mut owner = vec![usize::MAX; n];
    let mut groups: Vec<Vec<usize>> = seeds.iter().map(|s| vec![*s]).collect();
    let mut sums: Vec<f64> = seeds.iter().map(|s| weights[*s]).collect();
    let mut fronts: Vec<BTreeSet<usize>> = seeds.iter().map(|s| beside[*s].clone()).collect();
    for (g, s) in seeds.iter().enumerate() {
        owner[*s] = g;
    }
    let mut open: BTreeSet<(i64, usize)> = (0..groups.len()).map(|g| (sums[g] as i64, g)).collect();
    while let Some((_, g)) = open.pop_first() {
        let next = loop {
            match fronts[g].pop_first() {
                Some(i) if owner[i] == usize::MAX => break Some(i),
                Some(_) => {}
                None => break None,
            }
        };
        let Some(next) = next else { continue };
        owner[next] = g;
        groups[g].push(next);
        sums[g] += weights[next];
        let more: Vec<usize> = beside[next]
            .iter()
            .copied()
            .filter(|i| owner[*i] == usize::MAX)
            .collect();
        fronts[g].extend(more);
        open.insert((sums[g] as i64, g));
    }
    groups
}

/// The graph of groups, with their weights.
pub(super) fn coarser(
    beside: &[BTreeSet<usize>],
    weights: &[f64],
    count: usize,
    group: impl Fn(usize) -> usize,
) -> (Vec<BTreeSet<usize>>, Vec<f64>) {
    let mut wide = vec![BTreeSet::new(); count];
    let mut sums = vec![0.0; count];
    for (i, next) in beside.iter().enumerate() {
        sums[group(i)] += weights[i];
        for &j in next {
            if group(i) != group(j) {
                wide[group(i)].insert(group(j));
            }
        }
    }
    (wide, sums)
}
