//! The commonest questions, a count or a count and a sum by one column, in one pass. Count and sum of a group share one
//! word, so that a row costs one addition to memory instead of two. Neighbours in the quadkey order, which mostly meet the
//! same group, take turns between two words or four, so that one does not wait for the other's addition.

use super::cells::{Filled, Idle, Numbers};
use super::{Layout, Part};
use crate::bind::Plan;
use crate::codes::{Code, Codes, each_width};
use crate::column::{BLOCK, Column};
use crate::cube::CubeData;
use crate::lanes::Lanes;
use crate::level::Derive;
use crate::scan::{CHEAP, Picked, Piece, each_piece};
use std::ops::Range;

/// Neighbours that are added apart, where groups and figures compete for the processor's cache.
const FEW_TURNS: usize = 2;
/// Neighbours that are counted apart where nearly all groups are met.
const MANY_TURNS: usize = 4;
/// Bits of the sum; the count has the rest.
const SUM_BITS: u32 = 40;
const ONE: u64 = 1 << SUM_BITS;
const SUM: u64 = ONE - 1;
/// Rows a group from which on it is not noted which groups are met.
const OFTEN: u64 = 64;
/// Groups that there may be, 16 or 32 bytes each.
const MAX_GROUPS: u64 = 1 << 19;

static IDLE: Idle<[u64; FEW_TURNS]> = Idle::new();

/// What is added up beside the number of rows.
#[derive(Clone, Copy)]
pub(super) enum Packed<'a> {
    Count,
    CountAndSum(&'a Column),
}

impl Packed<'_> {
    /// Figures of a cell.
    fn width(self) -> usize {
        match self {
            Self::Count => 1,
            Self::CountAndSum(_) => 2,
        }
    }
}

/// What still fits a word, whatever group it falls into.
#[derive(Clone, Copy)]
struct Room {
    rows: u64,
    sum: u64,
}

impl Room {
    const WHOLE: Self = Self {
        rows: u64::MAX >> SUM_BITS,
        sum: SUM,
    };

    /// What is left when some of these rows are added, so many; `None` when they may not fit.
    fn without(self, packed: Packed<'_>, among: Range<usize>, rows: usize) -> Option<Self> {
        match packed {
            // A cube has fewer rows than fit a word.
            Packed::Count => Some(self),
            Packed::CountAndSum(column) => {
                let most = column.sum_at_most(among);
                let most = most.min(rows as u128 * u128::from(column.top));
                Some(Self {
                    rows: self.rows.checked_sub(rows as u64)?,
                    sum: self.sum.checked_sub(u64::try_from(most).ok()?)?,
                })
            }
        }
    }
}

/// Words of the groups of one thread.
struct Words<const TURNS: usize> {
    /// Of `groups` groups, and zeros behind.
    of_groups: Vec<[u64; TURNS]>,
    groups: usize,
    /// The groups met, where that is noted.
    used: Numbers,
    room: Room,
    /// Group and word of what had to make room.
    spilled: Vec<(u32, u64)>,
}

impl Layout<'_> {
    /// What is added up, where this way is open: one dimension, a count or one count and sum of so many rows, not too
    /// many groups, and values of which a block fits a word and for which groups seldom have to make room.
    pub(super) fn packs<'d>(
        &self,
        data: &'d CubeData,
        rows: u64,
        lanes: &Lanes,
    ) -> Option<Packed<'d>> {
        let [part] = &self.parts[..] else {
            return None;
        };
        if part.size > MAX_GROUPS {
            return None;
        }
        if lanes.count_only() {
            return Some(Packed::Count);
        }
        let column = &data.columns()[lanes.count_and_sum_of(data)?];
        let block_fits = column.top <= SUM / BLOCK as u64;
        let sum = column.sum_at_most(0..data.len());
        let spills = sum.min(u128::from(rows) * u128::from(column.top)) / u128::from(SUM / 2)
            + u128::from(rows / Room::WHOLE.rows);
        let seldom = spills * u128::from(part.size) <= u128::from(rows);
        (block_fits && seldom).then_some(Packed::CountAndSum(column))
    }

    pub(super) fn packed_cells(
        &self,
        data: &CubeData,
        plan: &Plan,
        pieces: &[Piece],
        (rows, packed): (u64, Packed<'_>),
    ) -> Filled {
        let groups = self.parts[0].size as usize;
        // Of few groups for many rows nearly all are met, and looking whether one is new would only cost.
        let sparse = self.parts[0].size.saturating_mul(OFTEN) > rows;
        let asked = (data, plan, pieces, packed);
        match packed {
            _ if sparse => {
                let words = self.gathered::<FEW_TURNS, true>(asked, || IDLE.take(groups));
                noted(words, groups, packed)
            }
            Packed::Count => {
                let words =
                    self.gathered::<MANY_TURNS, false>(asked, || vec![[0; MANY_TURNS]; groups]);
                all(&words, groups, packed)
            }
            Packed::CountAndSum(_) => {
                let words =
                    self.gathered::<FEW_TURNS, false>(asked, || vec![[0; FEW_TURNS]; groups]);
                all(&words, groups, packed)
            }
        }
    }

    /// The words of each thread; with `NOTE` it is noted which groups are met.
    fn gathered<const TURNS: usize, const NOTE: bool>(
        &self,
        (data, plan, pieces, packed): (&CubeData, &Plan, &[Piece], Packed<'_>),
        zeros: impl Fn() -> Vec<[u64; TURNS]> + Sync,
    ) -> Vec<Words<TURNS>> {
        let part = &self.parts[0];
        let keys = &data.columns()[part.column].codes;
        let read: &[&Codes] = match packed {
            Packed::Count => &[keys],
            Packed::CountAndSum(column) => &[keys, &column.codes],
        };
        let words = || Words::new(zeros(), part.size as usize);
        each_piece(pieces, CHEAP, words, |words, scratch, piece| {
            plan.pick(data, piece, scratch, |picked| {
                let among = match &picked {
                    Picked::Run(rows) => rows.clone(),
                    Picked::List { .. } => piece.start..piece.end,
                };
                words.make_room(packed, among, picked.len());
                if let (Picked::Run(rows), Some(group)) = (&picked, self.single(data, piece)) {
                    let word = match packed {
                        Packed::Count => rows.len() as u64,
                        Packed::CountAndSum(values) => {
                            rows.len() as u64 * ONE + values.total(rows.clone()).codes as u64
                        }
                    };
                    words.of_groups[group as usize][0] += word;
                    words.used.insert(group as usize);
                    return;
                }
                piece.fetch_ahead(picked.len(), read.iter().copied());
                words.add_picked::<NOTE>(keys, packed, &picked, part);
            });
        })
    }
}

impl<const TURNS: usize> Words<TURNS> {
    /// Of zeros for so many groups or more.
    fn new(of_groups: Vec<[u64; TURNS]>, groups: usize) -> Self {
        Self {
            of_groups,
            groups,
            used: Numbers::below(groups),
            room: Room::WHOLE,
            spilled: Vec::new(),
        }
    }

    /// Sees to it that some of these rows, so many, fit the words.
    fn make_room(&mut self, packed: Packed<'_>, among: Range<usize>, rows: usize) {
        if let Some(left) = self.room.without(packed, among.clone(), rows) {
            self.room = left;
        } else {
            self.spill();
            let left = Room::WHOLE.without(packed, among, rows);
            self.room = left.unwrap_or(Room { rows: 0, sum: 0 });
        }
    }

    fn add_picked<const NOTE: bool>(
        &mut self,
        keys: &Codes,
        packed: Packed<'_>,
        picked: &Picked<'_>,
        part: &Part<'_>,
    ) {
        let low = part.low;
        each_width!(keys, keys => match part.derive {
            Derive::Same => {
                self.add_rows::<_, NOTE>(keys, packed, picked, |code| code - low);
            }
            Derive::Table { codes: table, .. } => each_width!(&**table, table => {
                let digit = |code| table[code as usize].wide() - low;
                self.add_rows::<_, NOTE>(keys, packed, picked, digit);
            }),
            derive @ Derive::Steps(_) => {
                self.add_rows::<_, NOTE>(keys, packed, picked, |code| derive.code(code) - low);
            }
        });
    }

    fn add_rows<K: Code, const NOTE: bool>(
        &mut self,
        keys: &[K],
        packed: Packed<'_>,
        picked: &Picked<'_>,
        digit: impl Fn(u64) -> u64,
    ) {
        let (words, used) = (&mut self.of_groups[..], &mut self.used);
        let mut add = |key: K, turn: usize, more: u64| {
            let group = digit(key.wide()) as usize;
            let word = &mut words[group][turn];
            let before = *word;
            *word = before + more;
            if NOTE && before == 0 {
                used.insert(group);
            }
        };
        match packed {
            Packed::Count => {
                each_in_turn::<TURNS, _, _>(picked, keys, keys, |key, _, turn| add(key, turn, 1));
            }
            Packed::CountAndSum(values) => each_width!(&values.codes, values => {
                each_in_turn::<TURNS, _, _>(picked, keys, values, |key, value, turn| {
                    add(key, turn, ONE + value.wide());
                });
            }),
        }
    }

    /// Makes room by setting aside what every group has.
    fn spill(&mut self) {
        for (group, turns) in self.of_groups[..self.groups].iter_mut().enumerate() {
            let word = std::mem::replace(turns, [0; TURNS]).iter().sum();
            if word > 0 {
                self.spilled.push((group as u32, word));
            }
        }
    }
}

/// Shows what two columns say of each row, with the number of its turn.
#[inline]
fn each_in_turn<const TURNS: usize, A: Copy, B: Copy>(
    picked: &Picked<'_>,
    a: &[A],
    b: &[B],
    mut see: impl FnMut(A, B, usize),
) {
    match picked {
        Picked::Run(rows) => {
            let rows = a[rows.clone()].iter().zip(&b[rows.clone()]);
            for (index, (a, b)) in rows.enumerate() {
                see(*a, *b, index % TURNS);
            }
        }
        Picked::List { start, offsets } => {
            let (a, b) = (&a[*start..], &b[*start..]);
            let (rounds, rest) = offsets.as_chunks::<TURNS>();
            for round in rounds {
                for (turn, offset) in round.iter().enumerate() {
                    let row = usize::from(*offset);
                    see(a[row], b[row], turn);
                }
            }
            for (turn, offset) in rest.iter().enumerate() {
                let row = usize::from(*offset);
                see(a[row], b[row], turn);
            }
        }
    }
}

/// The cells of all threads as one, of the groups that any of them noted.
fn noted(mut partials: Vec<Words<FEW_TURNS>>, groups: usize, packed: Packed<'_>) -> Filled {
    let mut used = Numbers::below(groups);
    for partial in &partials {
        used.merge(&partial.used);
    }
    let numbers: Vec<u32> = used.iter().map(|number| number as u32).collect();
    let width = packed.width();
    let mut cells = vec![0; numbers.len() * width];
    for partial in &mut partials {
        for (number, cell) in numbers.iter().zip(cells.chunks_mut(width)) {
            let turns = std::mem::take(&mut partial.of_groups[*number as usize]);
            unpack(turns.iter().sum(), cell);
        }
        for (number, word) in &partial.spilled {
            if let Ok(at) = numbers.binary_search(number) {
                unpack(*word, &mut cells[at * width..(at + 1) * width]);
            }
        }
    }
    for partial in partials {
        IDLE.give(partial.of_groups);
    }
    Filled {
        numbers,
        cells,
        width,
    }
}

/// The cells of all threads as one, of all groups.
fn all<const TURNS: usize>(partials: &[Words<TURNS>], groups: usize, packed: Packed<'_>) -> Filled {
    let width = packed.width();
    let mut cells = vec![0; groups * width];
    for partial in partials {
        for (turns, cell) in partial.of_groups.iter().zip(cells.chunks_mut(width)) {
            unpack(turns.iter().sum(), cell);
        }
        for (number, word) in &partial.spilled {
            let start = *number as usize * width;
            unpack(*word, &mut cells[start..start + width]);
        }
    }
    Filled::of(cells, width)
}

/// Adds a word to a cell, of a count or of a count and a sum.
#[inline]
fn unpack(word: u64, cell: &mut [u64]) {
    match cell {
        [count] => *count += word,
        [count, sum, ..] => {
            *count += word >> SUM_BITS;
            *sum += word & SUM;
        }
        [] => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Meaning;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    #[test]
    fn words_that_would_overflow_make_room() {
        const GROUPS: usize = 200;
        const ROWS: usize = 100 * BLOCK;
        let rng = &mut StdRng::seed_from_u64(3);
        let mut codes = |from: u64, top: u64| -> Vec<u64> {
            (0..ROWS).map(|_| rng.random_range(from..=top)).collect()
        };
        let top = SUM / BLOCK as u64;
        let (keys, values) = (codes(7, 6 + GROUPS as u64), codes(top / 2, top));
        let mut plain = vec![0; 2 * GROUPS];
        for (key, value) in keys.iter().zip(&values) {
            let group = *key as usize - 7;
            plain[2 * group] += 1;
            plain[2 * group + 1] += value;
        }
        let keys = Codes::collect(6 + GROUPS as u64, keys.into_iter());
        let values = Codes::collect(top, values.into_iter());
        let values = Column::new(values, top, Meaning::Offset { base: 1 });
        let part = Part {
            column: 0,
            derive: &Derive::Same,
            low: 7,
            size: GROUPS as u64,
        };
        let packed = Packed::CountAndSum(&values);
        let gather = |note: bool| {
            let words = || Words::<FEW_TURNS>::new(vec![[0; FEW_TURNS]; GROUPS], GROUPS);
            let mut partials = vec![words(), words()];
            for block in 0..ROWS / BLOCK {
                let rows = block * BLOCK..(block + 1) * BLOCK;
                let words = &mut partials[block % 2];
                words.make_room(packed, rows.clone(), rows.len());
                let picked = Picked::Run(rows);
                if note {
                    words.add_picked::<true>(&keys, packed, &picked, &part);
                } else {
                    words.add_picked::<false>(&keys, packed, &picked, &part);
                }
            }
            assert!(partials.iter().all(|words| words.spilled.len() > GROUPS));
            partials
        };
        for filled in [
            noted(gather(true), GROUPS, packed),
            all(&gather(false), GROUPS, packed),
        ] {
            assert_eq!(filled.cells, plain);
            assert!(filled.numbers.into_iter().eq(0..GROUPS as u32));
        }
    }
}
