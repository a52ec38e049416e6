//! One blurred figure per set of persons. The noise is drawn from a keyed hash over the sum of the persons' own
//! hashes: the same persons always get the same noise, by whatever question they were gathered, so that asking again
//! in other words draws nothing new.

use geocrm_domain::scope::CellKey;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// The persons who contribute to one figure of a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Contributors {
    pub(super) count: u64,
    /// Wrapping sum of their hashes.
    hash: u64,
    sum: i128,
    /// Sum and largest of the amounts without their signs.
    size: u128,
    largest: u64,
}

impl Contributors {
    pub(super) fn add_one(&mut self, hash: u64, value: i64) {
        self.count += 1;
        self.hash = self.hash.wrapping_add(hash);
        self.sum += i128::from(value);
        self.size += u128::from(value.unsigned_abs());
        self.largest = self.largest.max(value.unsigned_abs());
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.hash = self.hash.wrapping_add(other.hash);
        self.sum += other.sum;
        self.size += other.size;
        self.largest = self.largest.max(other.largest);
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Noise(CellKey);

/// Largest error of a count. Two throws of a die with five sides: middle 0, standard deviation 2.
const REACH: i64 = 4;

impl Noise {
    pub(super) fn new(key: CellKey) -> Self {
        Self(key)
    }

    fn hash(&self, words: &[u64]) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.0.0);
        for word in words {
            hasher.write_u64(*word);
        }
        hasher.finish()
    }

    /// What a person adds to the hash of a set.
    pub(super) fn person(&self, key: u128) -> u64 {
        self.hash(&[0, (key >> 64) as u64, key as u64])
    }

    fn throw(&self, who: &Contributors, of: u64) -> i64 {
        let hash = self.hash(&[1, who.hash, who.count, of]);
        (hash % 5) as i64 + ((hash >> 32) % 5) as i64 - REACH
    }

    /// The number of persons that is told; `None` for fewer than `least`, before or after the noise.
    pub(super) fn count(&self, who: &Contributors, least: u64) -> Option<u64> {
        if who.count < least {
            return None;
        }
        let told = who.count.checked_add_signed(self.throw(who, 0))?;
        (told >= least).then_some(told)
    }

    /// The sum that is told of column number `of`; `None` for few contributors or where one of them has more than
    /// half. The noise is of the size of the largest contribution, so that it hides any one of them.
    pub(super) fn sum(&self, who: &Contributors, of: usize, least: u64) -> Option<i128> {
        let told = self.count(who, least)?;
        // Ones only: a count by another name.
        if who.largest <= 1 {
            return (who.sum >= 0).then_some(i128::from(told));
        }
        if 2 * u128::from(who.largest) > who.size {
            return None;
        }
        let throw = self.throw(who, of as u64 + 1);
        Some(who.sum + i128::from(who.largest) * i128::from(throw) / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise() -> Noise {
        Noise::new(CellKey([7; 16]))
    }

    fn of(values: impl IntoIterator<Item = (u128, i64)>) -> Contributors {
        let mut who = Contributors::default();
        for (key, value) in values {
            who.add_one(noise().person(key), value);
        }
        who
    }

    #[test]
    fn the_same_persons_get_the_same_noise_in_any_order() {
        let there = of((1..=40).map(|key| (key, 1)));
        let mut parts = of((20..=40).rev().map(|key| (key, 1)));
        parts.add(&of((1..20).map(|key| (key, 1))));
        assert_eq!(there, parts);
        assert_eq!(noise().count(&there, 5), noise().count(&parts, 5));
        let other = Noise::new(CellKey([8; 16]));
        let told = |noise: &Noise| -> Vec<_> {
            let sets = (0..50).map(|from| of((from..from + 40).map(|key| (key, 1))));
            sets.map(|who| noise.count(&who, 5)).collect()
        };
        assert_ne!(told(&noise()), told(&other));
    }

    #[test]
    fn fewer_than_the_least_are_never_told_and_the_noise_has_no_drift() {
        let (mut sum, mut squares) = (0, 0);
        for set in 0..20_000_u128 {
            let few = of((0..4).map(|key| (set << 8 | key, 1)));
            assert_eq!(noise().count(&few, 5), None);
            let five = of((0..5).map(|key| (set << 8 | key, 1)));
            assert!(
                noise()
                    .count(&five, 5)
                    .is_none_or(|told| (5..=9).contains(&told))
            );
            let many = of((0..50).map(|key| (set << 8 | key, 1)));
            let error = noise().count(&many, 5).expect("many") as i64 - 50;
            assert!(error.abs() <= REACH);
            sum += error;
            squares += error * error;
        }
        assert!(sum.abs() < 1_200, "mean error {sum} / 20,000");
        assert!((70_000..90_000).contains(&squares), "{squares}");
    }

    #[test]
    fn a_sum_in_which_one_has_most_is_not_told() {
        let even = of((0..30).map(|key| (key, 1_000)));
        let told = noise().sum(&even, 3, 10).expect("thirty equal ones");
        assert!((told - 30_000).abs() <= 2_000, "{told}");
        let one = of((0..30).map(|key| (key, if key == 7 { 90_000 } else { 1_000 })));
        assert_eq!(noise().sum(&one, 3, 10), None);
        let few = of((0..9).map(|key| (key, 1_000)));
        assert_eq!(noise().sum(&few, 3, 10), None);
    }
}
