//! Groups with their figures, before these are computed.

use crate::lanes::Lanes;

/// Groups with their figures, sorted by their codes.
pub(crate) struct Groups {
    pub(super) dimensions: usize,
    pub(super) width: usize,
    pub(super) codes: Vec<u64>,
    pub(super) cells: Vec<u64>,
    pub(super) len: usize,
}

impl Groups {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Codes of a group, one per dimension.
    pub(crate) fn codes(&self, group: usize) -> &[u64] {
        &self.codes[group * self.dimensions..(group + 1) * self.dimensions]
    }

    /// Codes of all groups, one after the other.
    pub(crate) fn into_codes(self) -> Vec<u64> {
        self.codes
    }

    /// Lanes of a group.
    pub(crate) fn cell(&self, group: usize) -> &[u64] {
        &self.cells[group * self.width..(group + 1) * self.width]
    }

    pub(super) fn push(&mut self, codes: impl Iterator<Item = u64>, cell: &[u64]) {
        self.codes.extend(codes);
        self.cells.extend_from_slice(cell);
        self.len += 1;
    }
}

/// Groups sorted by their codes, those of equal codes made one.
pub(super) fn sorted(groups: &Groups, lanes: &Lanes) -> Groups {
    let mut order: Vec<u32> = (0..groups.len as u32).collect();
    order.sort_unstable_by_key(|index| groups.codes(*index as usize));
    let mut out = Groups {
        dimensions: groups.dimensions,
        width: groups.width,
        codes: Vec::new(),
        cells: Vec::new(),
        len: 0,
    };
    for index in order {
        let (codes, cell) = (
            groups_codes(&groups.codes, groups.dimensions, index),
            groups_codes(&groups.cells, groups.width, index),
        );
        if out.len > 0 && out.codes(out.len - 1) == codes {
            let last = (out.len - 1) * out.width;
            lanes.merge(&mut out.cells[last..], cell);
        } else {
            out.push(codes.iter().copied(), cell);
        }
    }
    out
}

fn groups_codes(all: &[u64], width: usize, index: u32) -> &[u64] {
    &all[index as usize * width..(index as usize + 1) * width]
}
