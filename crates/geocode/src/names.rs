//! Which known names are this name, or nearly? Every key is indexed by the hashes of itself and of itself
//! with one letter taken out (the deletion neighbourhood of `SymSpell`, distance 1), which finds every
//! single typo with a dozen look-ups; wider typos are measured against a short list the caller has.

use crate::strings::Strings;

/// Distance of optimal string alignment: insertions, deletions, substitutions and swaps of neighbours,
/// each costing 1. `None` when it is above `most`. Works on bytes; keys are ASCII.
pub(crate) fn distance_within(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    let same = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    if a.is_empty() || b.is_empty() {
        return Some(a.len().max(b.len()));
    }
    if a.len() > LONGEST || b.len() > LONGEST {
        return None;
    }
    let mut rows = [[0u8; LONGEST + 1]; 3];
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j as u8;
    }
    for i in 1..=a.len() {
        let (above, here) = ((i - 1) % 3, i % 3);
        rows[here][0] = i as u8;
        let mut least = i as u8;
        for j in 1..=b.len() {
            let change = u8::from(a[i - 1] != b[j - 1]);
            let mut cost = (rows[above][j] + 1)
                .min(rows[here][j - 1] + 1)
                .min(rows[above][j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cost = cost.min(rows[(i - 2) % 3][j - 2] + 1);
            }
            rows[here][j] = cost;
            least = least.min(cost);
        }
        if usize::from(least) > most {
            return None;
        }
    }
    let distance = usize::from(rows[a.len() % 3][b.len()]);
    (distance <= most).then_some(distance)
}

/// Longest differing middle of two keys that is compared.
const LONGEST: usize = 63;

/// Typos forgiven in a name of this length.
pub(crate) fn most_typos(len: usize) -> usize {
    match len {
        0..=1 => 0,
        2..=7 => 1,
        8..=14 => 2,
        _ => 3,
    }
}

/// Keys, each leading to an owner (a street or city number of the caller's).
#[derive(Debug, Default)]
pub(crate) struct Names {
    keys: Strings,
    /// Owner of each key.
    owners: Vec<u32>,
    /// (hash of the key with at most one letter taken out, key), in order of the hash.
    neighbours: Vec<(u32, u32)>,
    /// First neighbour of each value of the hash's top bits.
    buckets: Vec<u32>,
    shift: u32,
}

impl Names {
    pub fn build(mut pairs: Vec<(String, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut keys = Strings::default();
        let mut owners = Vec::with_capacity(pairs.len());
        let mut neighbours = Vec::new();
        for (i, (key, owner)) in pairs.iter().enumerate() {
            keys.push(key);
            owners.push(*owner);
            for_each_deletion(key, |hash| neighbours.push((hash, i as u32)));
        }
        neighbours.sort_unstable();
        neighbours.dedup();
        neighbours.shrink_to_fit();
        let bits = (neighbours.len() / 4).max(2).ilog2().clamp(1, 24);
        let shift = 32 - bits;
        let mut buckets = vec![0u32; (1 << bits) + 1];
        for (hash, _) in &neighbours {
            buckets[(hash >> shift) as usize + 1] += 1;
        }
        for i in 1..buckets.len() {
            buckets[i] += buckets[i - 1];
        }
        Self {
            keys,
            owners,
            neighbours,
            buckets,
            shift,
        }
    }

    pub fn memory_bytes(&self) -> usize {
        self.keys.memory_bytes()
            + self.owners.capacity() * 4
            + self.neighbours.capacity() * 8
            + self.buckets.capacity() * 4
    }

    fn with_hash(&self, hash: u32) -> impl Iterator<Item = u32> + '_ {
        let bucket = (hash >> self.shift) as usize;
        let range = match (self.buckets.get(bucket), self.buckets.get(bucket + 1)) {
            (Some(&from), Some(&to)) => from as usize..to as usize,
            _ => 0..0,
        };
        self.neighbours[range]
            .iter()
            .skip_while(move |(h, _)| *h < hash)
            .take_while(move |(h, _)| *h == hash)
            .map(|(_, key)| *key)
    }

    /// Owners of exactly this key.
    pub fn exact<'a>(&'a self, key: &'a str) -> impl Iterator<Item = u32> + 'a {
        self.with_hash(hash_of(key.as_bytes(), usize::MAX))
            .filter(move |&k| self.keys.get(k) == key)
            .map(|k| self.owners[k as usize])
    }

    pub fn has(&self, key: &str) -> bool {
        self.exact(key).next().is_some()
    }

    /// Owners of keys one typo away, and of some two away, with their distance; the key itself is left out.
    pub fn near(&self, key: &str, out: &mut Vec<(u32, usize)>) {
        let most = most_typos(key.len()).min(2);
        if most == 0 {
            return;
        }
        let mut seen: Vec<u32> = Vec::new();
        for_each_deletion(key, |hash| seen.extend(self.with_hash(hash)));
        seen.sort_unstable();
        seen.dedup();
        for k in seen {
            match distance_within(key, self.keys.get(k), most) {
                Some(distance) if distance > 0 => out.push((self.owners[k as usize], distance)),
                _ => {}
            }
        }
    }
}

/// FNV-1a of the bytes without the one at `skip`.
fn hash_of(bytes: &[u8], skip: usize) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    for (i, byte) in bytes.iter().enumerate() {
        if i != skip {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    }
    // The last multiplication leaves the top bits poor for short keys; mix them once more.
    hash ^= hash >> 15;
    hash.wrapping_mul(0x2c1b_3c6d)
}

fn for_each_deletion(key: &str, mut each: impl FnMut(u32)) {
    let bytes = key.as_bytes();
    each(hash_of(bytes, usize::MAX));
    for skip in 0..bytes.len() {
        if skip == 0 || bytes[skip] != bytes[skip - 1] {
            each(hash_of(bytes, skip));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn distance_agrees_with_strsim(a in "[abc]{0,9}", b in "[abc]{0,9}", most in 0usize..5) {
            let oracle = strsim::osa_distance(&a, &b);
            prop_assert_eq!(distance_within(&a, &b, most), (oracle <= most).then_some(oracle));
        }

        #[test]
        fn every_single_typo_is_found(name in "[a-z]{5,20}", at in 0usize..20, c in "[a-z]", kind in 0..4) {
            let names = Names::build(vec![(name.clone(), 7), ("unrelatedname".into(), 8)]);
            let at = at % name.len();
            let mut typo = name.clone();
            match kind {
                0 => { typo.remove(at); }
                1 => typo.insert_str(at, &c),
                2 => typo.replace_range(at..=at, &c),
                _ => if at + 1 < name.len() {
                    let swapped: String = [&name[at + 1..at + 2], &name[at..=at]].concat();
                    typo.replace_range(at..at + 2, &swapped);
                }
            }
            let mut found = Vec::new();
            names.near(&typo, &mut found);
            let expected = if typo == name { vec![] } else { vec![(7, 1)] };
            prop_assert_eq!(found, expected);
            prop_assert_eq!(names.exact(&name).collect::<Vec<_>>(), vec![7]);
        }
    }
}
