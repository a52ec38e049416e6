//! How are the picked rows put into groups? Into a dense array over the codes (mixed radix for several
//! dimensions) as long as that is not much larger than the rows, into a hash table beyond. A dimension that
//! is a function of a small column is grouped by that column's own codes and folded at the end, so that
//! its look-up costs once per code and not once per row.

mod cells;
mod digits;
mod groups;
mod packed;

use crate::bind::Plan;
use crate::codes::{Code, Codes, each_width};
use crate::cube::CubeData;
use crate::error::OlapError;
use crate::lanes::Lanes;
use crate::level::{Derive, Level};
use crate::scan::{CHEAP, DEAR, Picked, Piece, each_piece};
use cells::{Dense, Filled, Numbers, Table};
use digits::{Digit, write_digits};
use geocrm_domain::limits;
pub(crate) use groups::Groups;
use groups::sorted;

/// Figures of a dense array of one thread.
const DENSE_FIGURES: u128 = 1 << 22;
/// Figures up to which a dense array is read as a whole; of larger ones the cells in use are listed.
const FULL_FIGURES: usize = 1 << 16;
/// Codes up to which a dimension is grouped by its base column.
const BASE_CODES: u64 = 1 << 16;
/// The same where one dimension is counted alone, which costs less a row than folding many codes at the end.
const BASE_CODES_COUNTED: u64 = 1 << 13;

/// One digit of a group's number.
struct Part<'a> {
    column: usize,
    /// Applied per row; `Same` when the digit is the column's own code.
    derive: &'a Derive,
    low: u64,
    size: u64,
}

/// The totals of all rows that pass, as one group without dimensions.
pub(crate) fn total(data: &CubeData, plan: &Plan, lanes: &Lanes) -> Groups {
    let width = lanes.width();
    let mut cell = vec![0; width];
    if matches!(plan.node, crate::bind::Node::All) {
        for &(start, end) in plan.rows.ranges() {
            lanes.add_run(data, start as usize..end as usize, &mut cell);
        }
    } else {
        let columns = lanes.columns(data);
        let partials = each_piece(
            &plan.pieces(data),
            CHEAP,
            || vec![0; width],
            |cell, scratch, piece| {
                plan.pick_masked(data, piece, scratch, |rows, mask| match mask {
                    None => lanes.add_run(data, rows, cell),
                    Some(mask) => {
                        piece.fetch_ahead(mask.len(), columns.iter().copied());
                        lanes.add_masked(data, rows.start, mask, cell);
                    }
                });
            },
        );
        for partial in partials {
            lanes.merge(&mut cell, &partial);
        }
    }
    Groups {
        dimensions: 0,
        width,
        codes: Vec::new(),
        cells: cell,
        len: 1,
    }
}

/// The groups of the rows that pass by one dimension or more.
pub(crate) fn group(
    data: &CubeData,
    plan: &Plan,
    dimensions: &[&Level],
    lanes: &Lanes,
) -> Result<Groups, OlapError> {
    let pieces = plan.pieces(data);
    // What was left out needs no room.
    let rows = pieces.iter().map(Piece::len).sum::<u64>();
    let rows = rows.min(plan.rows.len());
    let layout = Layout::new(data, dimensions, &pieces, rows, lanes);
    if layout.dense {
        let filled = match layout.packs(data, rows, lanes) {
            Some(packed) => layout.packed_cells(data, plan, &pieces, (rows, packed)),
            None => layout.dense_cells(data, plan, &pieces, lanes),
        };
        Ok(layout.fold_dense(dimensions, lanes, &filled))
    } else {
        let cells = layout.hashed_cells(data, plan, &pieces, lanes)?;
        Ok(layout.fold_hashed(dimensions, lanes, cells))
    }
}

struct Layout<'a> {
    parts: Vec<Part<'a>>,
    /// Which part a dimension is read from, and whether it must still be derived from it.
    reads: Vec<(usize, bool)>,
    dense: bool,
}

impl<'a> Layout<'a> {
    fn new(
        data: &CubeData,
        dimensions: &[&'a Level],
        pieces: &[Piece],
        rows: u64,
        lanes: &Lanes,
    ) -> Self {
        let windows: Vec<(u64, u64)> = dimensions
            .iter()
            .map(|level| window(data, level.column, pieces))
            .collect();
        let roomy = |parts: &[Part<'_>]| {
            let cells = product(parts);
            cells.saturating_mul(lanes.width() as u128) <= DENSE_FIGURES
                && cells <= u128::from(16 * rows).max(4_096)
        };
        // First choice: the base columns, each once.
        let mut base = Self {
            parts: Vec::new(),
            reads: Vec::new(),
            dense: true,
        };
        let base_codes = if lanes.count_only() && dimensions.len() == 1 {
            BASE_CODES_COUNTED
        } else {
            BASE_CODES
        };
        let mut small = true;
        for (level, (low, high)) in dimensions.iter().zip(&windows) {
            let folds = !matches!(level.derive, Derive::Same);
            small &= !folds || high - low < base_codes;
            let known = base.parts.iter().position(|p| p.column == level.column);
            let part = known.unwrap_or_else(|| {
                base.parts.push(Part {
                    column: level.column,
                    derive: &Derive::Same,
                    low: *low,
                    size: (high - low).saturating_add(1),
                });
                base.parts.len() - 1
            });
            base.reads.push((part, folds));
        }
        if small && roomy(&base.parts) {
            return base;
        }
        // Else each dimension by its own codes.
        let parts: Vec<Part<'a>> = dimensions
            .iter()
            .zip(windows)
            .map(|(level, window)| {
                let (low, high) = derived_window(data, level, window);
                Part {
                    column: level.column,
                    derive: &level.derive,
                    low,
                    size: (high - low).saturating_add(1),
                }
            })
            .collect();
        Self {
            reads: (0..parts.len()).map(|part| (part, false)).collect(),
            dense: roomy(&parts),
            parts,
        }
    }

    /// Writes (or, with `ADD`, adds) the digit of every picked row times `weight`.
    pub(super) fn write_digits<N: Digit, const ADD: bool>(
        data: &CubeData,
        part: &Part<'_>,
        picked: &Picked<'_>,
        weight: N,
        numbers: &mut [N],
    ) {
        each_width!(&data.columns()[part.column].codes, codes => match part.derive {
            Derive::Same => write_digits::<_, _, ADD>(codes, picked, numbers, weight, |code| code - part.low),
            Derive::Table { codes: table, .. } => each_width!(&**table, table => {
                write_digits::<_, _, ADD>(codes, picked, numbers, weight, |code| table[code as usize].wide() - part.low);
            }),
            derive @ Derive::Steps(_) => {
                write_digits::<_, _, ADD>(codes, picked, numbers, weight, |code| derive.code(code) - part.low);
            }
        });
    }

    fn numbers<N: Digit>(
        &self,
        data: &CubeData,
        picked: &Picked<'_>,
        unit: N,
        numbers: &mut Vec<N>,
    ) {
        numbers.resize(picked.len(), N::ZERO);
        let mut weight = unit;
        for (index, part) in self.parts.iter().rev().enumerate() {
            if index == 0 {
                Self::write_digits::<N, false>(data, part, picked, weight, numbers);
            } else {
                Self::write_digits::<N, true>(data, part, picked, weight, numbers);
            }
            weight = weight.times(part.size);
        }
    }

    /// The columns a row's group and figures are read from.
    fn columns<'d>(&self, data: &'d CubeData, lanes: &Lanes) -> Vec<&'d Codes> {
        let mut columns = lanes.columns(data);
        columns.extend(
            self.parts
                .iter()
                .map(|part| &data.columns()[part.column].codes),
        );
        columns
    }

    fn dense_cells(&self, data: &CubeData, plan: &Plan, pieces: &[Piece], lanes: &Lanes) -> Filled {
        let width = lanes.width();
        let figures = product(&self.parts) as usize * width;
        let sparse = figures > FULL_FIGURES;
        let columns = self.columns(data, lanes);
        let partials = each_piece(
            pieces,
            CHEAP,
            || Dense::new(figures, sparse),
            |dense, scratch, piece| {
                let Dense {
                    cells,
                    touched,
                    slots,
                } = dense;
                plan.pick(data, piece, scratch, |picked| {
                    if let (Picked::Run(rows), Some(cell)) = (&picked, self.single(data, piece)) {
                        let slot = cell as usize * width;
                        if cells[slot] == 0 && sparse {
                            touched.push(slot as u32);
                        }
                        lanes.add_run(data, rows.clone(), &mut cells[slot..slot + width]);
                        return;
                    }
                    piece.fetch_ahead(picked.len(), columns.iter().copied());
                    self.numbers(data, &picked, width as u32, slots);
                    lanes.add_to_many(data, &picked, slots, cells, sparse.then_some(&mut *touched));
                });
            },
        );
        if !sparse {
            let mut partials = partials.into_iter().map(|partial| partial.cells);
            let mut cells = partials.next().unwrap_or_else(|| vec![0; figures]);
            for partial in partials {
                for (into, from) in cells.chunks_mut(width).zip(partial.chunks(width)) {
                    lanes.merge(into, from);
                }
            }
            return Filled::of(cells, width);
        }
        let mut used = Numbers::below(figures / width);
        for slot in partials.iter().flat_map(|partial| &partial.touched) {
            used.insert(*slot as usize / width);
        }
        let numbers: Vec<u32> = used.iter().map(|number| number as u32).collect();
        let mut cells = vec![0; numbers.len() * width];
        for partial in partials {
            for (number, into) in numbers.iter().zip(cells.chunks_mut(width)) {
                let start = *number as usize * width;
                lanes.merge(into, &partial.cells[start..start + width]);
            }
            partial.recycle(width);
        }
        Filled {
            numbers,
            cells,
            width,
        }
    }

    /// The one cell all rows of a block fall into, if its zones say so.
    fn single(&self, data: &CubeData, piece: Piece) -> Option<u64> {
        let mut number = 0;
        for part in &self.parts {
            let zone = &data.columns()[part.column].zones[piece.block()];
            let low = part.derive.code(zone.low);
            let constant = zone.low == zone.high
                || (matches!(
                    part.derive,
                    Derive::Table { rising: true, .. } | Derive::Steps(_)
                ) && low == part.derive.code(zone.high));
            if !constant {
                return None;
            }
            number = number * part.size + (low - part.low);
        }
        Some(number)
    }

    fn fold_dense(&self, dimensions: &[&Level], lanes: &Lanes, filled: &Filled) -> Groups {
        let folds = self.reads.iter().any(|(_, folds)| *folds);
        if let ([level], true) = (dimensions, folds) {
            return self.fold_one(level, lanes, filled);
        }
        let mut out = self.groups(lanes);
        let mut digits = vec![0; self.parts.len()];
        for (number, cell) in filled.iter() {
            let mut rest = number;
            for (digit, part) in digits.iter_mut().zip(&self.parts).rev() {
                *digit = rest % part.size + part.low;
                rest /= part.size;
            }
            out.push(self.read(dimensions, &digits), cell);
        }
        if folds { sorted(&out, lanes) } else { out }
    }

    fn fold_one(&self, level: &Level, lanes: &Lanes, filled: &Filled) -> Groups {
        let width = lanes.width();
        let mut out = self.groups(lanes);
        let low = self.parts[0].low;
        let code = |number: u64| level.derive.code(low + number) as usize;
        let top = filled.iter().map(|(number, _)| code(number)).max();
        let mut folded = vec![0; top.map_or(0, |top| top + 1) * width];
        for (number, cell) in filled.iter() {
            let at = code(number) * width;
            lanes.merge(&mut folded[at..at + width], cell);
        }
        for (code, cell) in folded.chunks(width).enumerate() {
            if cell[0] > 0 {
                out.push(std::iter::once(code as u64), cell);
            }
        }
        out
    }

    fn hashed_cells(
        &self,
        data: &CubeData,
        plan: &Plan,
        pieces: &[Piece],
        lanes: &Lanes,
    ) -> Result<(Vec<u128>, Vec<u64>), OlapError> {
        if product(&self.parts) == u128::MAX {
            return Err(OlapError::TooMany {
                what: "possible combinations of the dimensions",
                given: usize::MAX,
                limit: limits::ANSWER_GROUPS,
            });
        }
        let width = lanes.width();
        let columns = self.columns(data, lanes);
        let partials = each_piece(pieces, DEAR, Table::default, |table, scratch, piece| {
            plan.pick(data, piece, scratch, |picked| {
                piece.fetch_ahead(picked.len(), columns.iter().copied());
                self.numbers(data, &picked, 1u128, &mut table.numbers);
                table.find_slots(width);
                lanes.add_to_many(data, &picked, &table.slots, &mut table.cells, None);
            });
        });
        let mut partials = partials.into_iter();
        let mut table = partials.next().unwrap_or_default();
        for partial in partials {
            table.numbers.clear();
            table.numbers.extend(&partial.keys);
            table.find_slots(width);
            for (slot, from) in table.slots.iter().zip(partial.cells.chunks(width)) {
                let slot = *slot as usize;
                lanes.merge(&mut table.cells[slot..slot + width], from);
            }
        }
        Ok((table.keys, table.cells))
    }

    fn fold_hashed(
        &self,
        dimensions: &[&Level],
        lanes: &Lanes,
        (keys, cells): (Vec<u128>, Vec<u64>),
    ) -> Groups {
        let width = lanes.width();
        let mut order: Vec<u32> = (0..keys.len() as u32).collect();
        order.sort_unstable_by_key(|index| keys[*index as usize]);
        let mut out = self.groups(lanes);
        let mut digits = vec![0; self.parts.len()];
        for index in order {
            let index = index as usize;
            let mut rest = keys[index];
            for (digit, part) in digits.iter_mut().zip(&self.parts).rev() {
                *digit = (rest % u128::from(part.size)) as u64 + part.low;
                rest /= u128::from(part.size);
            }
            out.push(
                self.read(dimensions, &digits),
                &cells[index * width..(index + 1) * width],
            );
        }
        out
    }

    fn read<'b>(
        &'b self,
        dimensions: &'b [&Level],
        digits: &'b [u64],
    ) -> impl Iterator<Item = u64> + 'b {
        self.reads
            .iter()
            .zip(dimensions)
            .map(move |(&(part, folds), level)| {
                if folds {
                    level.derive.code(digits[part])
                } else {
                    digits[part]
                }
            })
    }

    fn groups(&self, lanes: &Lanes) -> Groups {
        Groups {
            dimensions: self.reads.len(),
            width: lanes.width(),
            codes: Vec::new(),
            cells: Vec::new(),
            len: 0,
        }
    }
}

fn product(parts: &[Part<'_>]) -> u128 {
    parts.iter().fold(1, |product, part| {
        product.saturating_mul(u128::from(part.size))
    })
}

/// Least and greatest code of a column in the blocks of some pieces.
fn window(data: &CubeData, column: usize, pieces: &[Piece]) -> (u64, u64) {
    let zones = &data.columns()[column].zones;
    pieces
        .iter()
        .map(|piece| (zones[piece.block()].low, zones[piece.block()].high))
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        .unwrap_or((0, 0))
}

/// The codes of a dimension over a window of its column's codes.
fn derived_window(data: &CubeData, level: &Level, (low, high): (u64, u64)) -> (u64, u64) {
    match &level.derive {
        Derive::Same => (low, high),
        Derive::Table { rising: true, .. } => (level.derive.code(low), level.derive.code(high)),
        _ => (0, level.top(&data.columns()[level.column])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bind::Asked;
    use crate::column::BLOCK;
    use crate::scan::tests::blocks;
    use geocrm_domain::VisibleScope;

    /// So many blocks that threads share them: by two dimensions, and by one of them.
    #[test]
    fn figures_of_several_threads_are_put_together() {
        const BLOCKS: usize = 2 * CHEAP;
        let data = blocks(BLOCKS);
        let plan = data.plan(&VisibleScope::everything(), Asked::Sums, None, None);
        let plan = plan.expect("valid");
        let level = |name| data.level(name).expect("a dimension");
        let (year, building_use) = (level("building_year"), level("building_use"));
        let counts = Lanes::new(&data, &[]).expect("none");
        for dimensions in [
            vec![year, building_use],
            vec![building_use, year],
            vec![year],
        ] {
            let groups = group(&data, &plan, &dimensions, &counts).expect("few");
            let figures: Vec<u64> = (0..groups.len()).map(|at| groups.cell(at)[0]).collect();
            // Half a block a year and century, and the years that two centuries share of two blocks of one use.
            assert_eq!(figures.len(), 2 * BLOCKS - (BLOCKS - 100));
            let whole = figures.iter().filter(|count| **count == BLOCK as u64);
            assert_eq!(whole.count(), BLOCKS - 100);
            assert_eq!(figures.iter().sum::<u64>(), (BLOCKS * BLOCK) as u64);
        }
    }
}
