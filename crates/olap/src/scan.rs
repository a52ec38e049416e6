//! Which rows pass a plan? The rows it names are cut at block borders; a block's zones skip it or accept it
//! whole, and only then are its columns read. What is picked goes to the caller as a run of rows or a list.

use crate::ahead::fetch;
use crate::bind::{Node, Plan};
use crate::codes::Codes;
use crate::column::BLOCK;
use crate::cube::CubeData;
use crate::mask;
use crate::rows::RowSet;
use crate::set::{Hit, Test};
use crate::spread::spread;
use std::ops::Range;

/// Ranges of one block, or the part of one range that lies in a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// First and last range of the row set it stems from.
    ranges: (usize, usize),
    /// Rows of the piece behind it, if any.
    next: (usize, usize),
}

impl Piece {
    pub(crate) fn block(&self) -> usize {
        self.start / BLOCK
    }

    /// Rows from its first to its last.
    pub(crate) fn len(&self) -> u64 {
        (self.end - self.start) as u64
    }

    fn next(&self) -> Range<usize> {
        self.next.0..self.next.1
    }

    /// Fetches columns of the next piece if so many rows of this one passed that most of their memory will be read.
    pub(crate) fn fetch_ahead<'a>(
        &self,
        passed: usize,
        columns: impl IntoIterator<Item = &'a Codes>,
    ) {
        const SPARSE: usize = 16;
        if passed * SPARSE >= self.end - self.start {
            for codes in columns {
                fetch(codes, self.next());
            }
        }
    }
}

/// Where a predicate is evaluated.
#[derive(Clone, Copy)]
struct Stretch<'a> {
    data: &'a CubeData,
    piece: Piece,
}

impl Stretch<'_> {
    fn zone(&self, column: usize, test: &Test) -> Hit {
        test.zone(&self.data.columns()[column].zones[self.piece.block()])
    }

    /// Writes (or multiplies in) which rows pass; the rows that come next are fetched meanwhile.
    fn apply<const AND: bool>(&self, column: usize, test: &Test, mask: &mut [u8]) {
        let column = &self.data.columns()[column];
        let next = self.piece.next();
        if !next.is_empty() && test.zone(&column.zones[next.start / BLOCK]) == Hit::Some {
            fetch(&column.codes, next);
        }
        let rows = self.piece.start..self.piece.start + mask.len();
        mask::apply::<AND>(&column.codes, rows, test, mask);
    }
}

/// Rows that pass.
#[derive(Debug, Clone)]
pub(crate) enum Picked<'a> {
    Run(Range<usize>),
    /// `start + offset` of each row.
    List {
        start: usize,
        offsets: &'a [u16],
    },
}

impl Picked<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Run(rows) => rows.len(),
            Self::List { offsets, .. } => offsets.len(),
        }
    }
}

/// Room for the masks and lists of one thread.
pub(crate) struct Scratch {
    mask: Vec<u8>,
    spare: Vec<Vec<u8>>,
    offsets: Vec<u16>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            mask: vec![0; BLOCK],
            spare: Vec::new(),
            offsets: vec![0; BLOCK + mask::SLACK],
        }
    }
}

/// Cuts rows at block borders.
fn pieces(rows: &RowSet) -> Vec<Piece> {
    let ranges = rows.ranges();
    let mut out: Vec<Piece> = Vec::new();
    let mut index = 0;
    let mut at = ranges.first().map_or(0, |r| r.0 as usize);
    while index < ranges.len() {
        let border = (at / BLOCK + 1) * BLOCK;
        let (start, first) = (at, index);
        let (end, last) = loop {
            let stop = ranges[index].1 as usize;
            if stop > border {
                at = border;
                break (border, index);
            }
            index += 1;
            let next = ranges.get(index).map_or(usize::MAX, |r| r.0 as usize);
            if next >= border {
                at = next;
                break (stop, index - 1);
            }
        };
        out.push(Piece {
            start,
            end,
            ranges: (first, last),
            next: (0, 0),
        });
    }
    out
}

impl Plan {
    /// The rows of the plan cut at block borders, without the blocks whose zones say that nothing passes.
    pub(crate) fn pieces(&self, data: &CubeData) -> Vec<Piece> {
        let mut out = pieces(&self.rows);
        out.retain(|piece| {
            zone(
                Stretch {
                    data,
                    piece: *piece,
                },
                &self.node,
            ) != Hit::None
        });
        let mut next = (0, 0);
        for piece in out.iter_mut().rev() {
            piece.next = next;
            next = (piece.start, piece.end);
        }
        out
    }

    /// Hands the rows of a piece that pass to `see`.
    pub(crate) fn pick(
        &self,
        data: &CubeData,
        piece: Piece,
        scratch: &mut Scratch,
        mut see: impl FnMut(Picked<'_>),
    ) {
        match self.pass(data, piece, scratch) {
            Hit::None => {}
            Hit::All => self.runs(piece, |rows| see(Picked::Run(rows))),
            Hit::Some => {
                let Scratch { mask, offsets, .. } = scratch;
                let found = mask::list(&mask[..piece.end - piece.start], offsets);
                if found > 0 {
                    see(Picked::List {
                        start: piece.start,
                        offsets: &offsets[..found],
                    });
                }
            }
        }
    }

    /// As [`Plan::pick`], for who needs no list: `mask` has a byte of 1 for every row of the piece that
    /// passes.
    pub(crate) fn pick_masked(
        &self,
        data: &CubeData,
        piece: Piece,
        scratch: &mut Scratch,
        mut see: impl FnMut(Range<usize>, Option<&[u8]>),
    ) {
        match self.pass(data, piece, scratch) {
            Hit::None => {}
            Hit::All => self.runs(piece, |rows| see(rows, None)),
            Hit::Some => {
                let mask = &scratch.mask[..piece.end - piece.start];
                see(piece.start..piece.end, Some(mask));
            }
        }
    }

    /// Fills the mask of the piece when the answer is `Some`.
    fn pass(&self, data: &CubeData, piece: Piece, scratch: &mut Scratch) -> Hit {
        let Scratch { mask, spare, .. } = scratch;
        let mask = &mut mask[..piece.end - piece.start];
        let hit = evaluate(Stretch { data, piece }, &self.node, mask, spare);
        if hit == Hit::Some && piece.ranges.0 != piece.ranges.1 {
            let mut other = take(spare, mask.len());
            self.rows.mark(piece.start, &mut other);
            mask::and(mask, &other);
            spare.push(other);
        }
        hit
    }

    /// The ranges of a piece.
    fn runs(&self, piece: Piece, mut see: impl FnMut(Range<usize>)) {
        for &(start, end) in &self.rows.ranges()[piece.ranges.0..=piece.ranges.1] {
            let start = (start as usize).max(piece.start);
            see(start..(end as usize).min(piece.end));
        }
    }
}

/// Pieces that stay on one thread where one takes some 4 µs.
pub(crate) const CHEAP: usize = 100;
/// The same where every row is looked up in a hash table.
pub(crate) const DEAR: usize = 12;

/// Runs `work` over all pieces with one state per thread, and returns the states. Fewer than `alone` pieces stay on
/// the calling thread.
pub(crate) fn each_piece<S: Send>(
    pieces: &[Piece],
    alone: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &mut Scratch, Piece) + Sync,
) -> Vec<S> {
    const SHARE: usize = 16;
    let states = spread(
        pieces.len(),
        alone,
        SHARE.min(alone / 4),
        || (state(), Scratch::new()),
        |(own, scratch), at| work(own, scratch, pieces[at]),
    );
    states.into_iter().map(|(own, _)| own).collect()
}

fn take(spare: &mut Vec<Vec<u8>>, len: usize) -> Vec<u8> {
    let mut buffer = spare.pop().unwrap_or_default();
    buffer.resize(len, 0);
    buffer
}

/// Fills the mask when the answer is `Some`, and leaves it undefined else.
fn evaluate(at: Stretch<'_>, node: &Node, mask: &mut [u8], spare: &mut Vec<Vec<u8>>) -> Hit {
    match node {
        Node::All => Hit::All,
        Node::None => Hit::None,
        Node::Rows(rows) => rows.mark(at.piece.start, mask),
        Node::Codes { column, test } => {
            let hit = at.zone(*column, test);
            if hit == Hit::Some {
                at.apply::<false>(*column, test, mask);
            }
            hit
        }
        Node::And(parts) => {
            // Zones first: one that misses saves reading the others.
            if parts.iter().any(|part| zone(at, part) == Hit::None) {
                return Hit::None;
            }
            let mut so_far = Hit::All;
            for part in parts {
                if let (Node::Codes { column, test }, Hit::Some) = (part, so_far) {
                    if at.zone(*column, test) == Hit::Some {
                        at.apply::<true>(*column, test, mask);
                    }
                    continue;
                }
                let holds = so_far == Hit::Some;
                so_far = match (combine(at, part, mask, spare, holds, mask::and), so_far) {
                    (Hit::None, _) => return Hit::None,
                    (Hit::All, before) => before,
                    (Hit::Some, _) => Hit::Some,
                };
            }
            so_far
        }
        Node::Or(parts) => {
            let mut so_far = Hit::None;
            for part in parts {
                let holds = so_far == Hit::Some;
                so_far = match (combine(at, part, mask, spare, holds, mask::or), so_far) {
                    (Hit::All, _) => return Hit::All,
                    (Hit::None, before) => before,
                    (Hit::Some, _) => Hit::Some,
                };
            }
            so_far
        }
    }
}

/// Evaluates into the mask itself, or beside it and then folds, when it holds something already.
fn combine(
    at: Stretch<'_>,
    part: &Node,
    mask: &mut [u8],
    spare: &mut Vec<Vec<u8>>,
    holds: bool,
    fold: fn(&mut [u8], &[u8]),
) -> Hit {
    if !holds {
        return evaluate(at, part, mask, spare);
    }
    let mut other = take(spare, mask.len());
    let hit = evaluate(at, part, &mut other, spare);
    if hit == Hit::Some {
        fold(mask, &other);
    }
    spare.push(other);
    hit
}

/// What the zones alone say of a predicate, as far as it costs nothing: `Some` also for an OR or a list of rows, which are not looked into.
fn zone(at: Stretch<'_>, node: &Node) -> Hit {
    match node {
        Node::All => Hit::All,
        Node::None => Hit::None,
        Node::Codes { column, test } => at.zone(*column, test),
        Node::And(parts) if parts.iter().any(|part| zone(at, part) == Hit::None) => Hit::None,
        _ => Hit::Some,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::bind::Asked;
    use crate::build::CubeBuilder;
    use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_DATE, NULL_INT};
    use geocrm_domain::catalogue::{ADDRESSES, ColumnType};
    use geocrm_domain::region::RegionTree;
    use geocrm_domain::{Compare, Filter, Value, VisibleScope};

    #[test]
    fn pieces_cover_the_rows_once_and_never_cross_a_block() {
        let mut rows = RowSet::default();
        for (start, end) in [
            (0, 10),
            (20, 4_096),
            (4_097, 4_098),
            (8_000, 20_000),
            (20_480, 20_481),
        ] {
            rows.push(start, end);
        }
        let mut seen = RowSet::default();
        for piece in pieces(&rows) {
            assert_eq!(piece.start / BLOCK, (piece.end - 1) / BLOCK);
            for &(start, end) in &rows.ranges()[piece.ranges.0..=piece.ranges.1] {
                seen.push(
                    (start as usize).max(piece.start),
                    (end as usize).min(piece.end),
                );
            }
        }
        assert_eq!(seen, rows);
    }

    /// Addresses without a place, which lie by their key: block `b` has the years `1900 + b`, even, and `2000 + b`, odd,
    /// and every second block a use of its own.
    pub(crate) fn blocks(count: usize) -> CubeData {
        let rows = count * BLOCK;
        let of_block = |row: usize| row / BLOCK;
        let columns = ADDRESSES.columns.iter().map(|to| match (to.kind, to.name) {
            (_, "building_year") => {
                let year = |row: usize| [1_900, 2_000][row % 2] + of_block(row) as i64;
                ColumnData::Int((0..rows).map(year).collect())
            }
            (_, "building_use") => ColumnData::Text {
                dictionary: vec!["even".to_owned(), "odd".to_owned()],
                codes: (0..rows).map(|row| of_block(row) as u32 % 2).collect(),
            },
            (ColumnType::Text, _) => ColumnData::Text {
                dictionary: Vec::new(),
                codes: vec![NULL_CODE; rows],
            },
            (ColumnType::Date, _) => ColumnData::Date(vec![NULL_DATE; rows]),
            _ => ColumnData::Int(vec![NULL_INT; rows]),
        });
        let mut builder = CubeBuilder::new(&ADDRESSES, &RegionTree::new(std::iter::empty()));
        let batch = CubeBatch {
            keys: Keys::Int((0..rows as i64).collect()),
            places: vec![None; rows],
            columns: columns.collect(),
        };
        builder.push(batch).expect("a batch of addresses");
        builder.finish()
    }

    #[test]
    fn blocks_whose_zones_rule_a_match_out_are_no_pieces_and_nothing_is_fetched_of_them() {
        let data = blocks(12);
        let year = |op, year| Filter::Compare {
            property: "building_year".to_owned(),
            op,
            value: Value::Int(year),
        };
        let even = Filter::Compare {
            property: "building_use".to_owned(),
            op: Compare::Equal,
            value: Value::text("even"),
        };
        let asked = [
            (year(Compare::Less, 1_903), vec![0, 1, 2]),
            (year(Compare::Greater, 2_008), vec![9, 10, 11]),
            // Between the years of a block, which its zone does not know of.
            (year(Compare::Equal, 1_950), (0..12).collect()),
            (even.clone(), vec![0, 2, 4, 6, 8, 10]),
            (
                Filter::And(vec![even.clone(), year(Compare::GreaterOrEqual, 2_007)]),
                vec![8, 10],
            ),
            // Either side is not looked into.
            (
                Filter::Or(vec![even, year(Compare::Greater, 2_008)]),
                (0..12).collect(),
            ),
        ];
        for (filter, blocks) in asked {
            let scope = VisibleScope::everything();
            let mut plan = data
                .plan(&scope, Asked::Sums, Some(&filter), None)
                .expect("valid");
            let pieces = plan.pieces(&data);
            let found: Vec<usize> = pieces.iter().map(Piece::block).collect();
            assert_eq!(found, blocks, "{filter:?}");
            for (piece, next) in pieces.iter().zip(pieces.iter().skip(1)) {
                assert_eq!(piece.next(), next.start..next.end);
            }
            assert!(pieces.last().is_none_or(|last| last.next().is_empty()));
            let passing = |plan: &Plan, pieces: Vec<Piece>| {
                let (mut scratch, mut count) = (Scratch::new(), 0);
                for piece in pieces {
                    plan.pick(&data, piece, &mut scratch, |picked| count += picked.len());
                }
                count
            };
            assert_eq!(
                passing(&plan, pieces),
                passing(&plan, super::pieces(&plan.rows))
            );
            plan.rows = RowSet::range(BLOCK + 7, 2 * BLOCK - 1);
            let within = plan.pieces(&data);
            assert_eq!(within.len(), usize::from(blocks.contains(&1)), "{filter:?}");
            assert!(within.iter().all(|piece| piece.start == BLOCK + 7));
        }
    }
}
