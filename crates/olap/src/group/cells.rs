//! Where are the figures of groups kept while they are gathered? In an array with a place for every number that
//! a group can have, or in a table of those found so far.

use super::FULL_FIGURES;
use crate::column::BLOCK;
use crate::hash::IntMap;
use std::sync::Mutex;

/// Cells of a dense array; `touched` lists those that hold something.
pub(super) struct Dense {
    pub(super) cells: Vec<u64>,
    pub(super) touched: Vec<u32>,
    pub(super) slots: Vec<u32>,
}

/// Large arrays between two uses, all zero: making one anew costs a page fault per page it touches.
static IDLE: Mutex<Vec<Vec<u64>>> = Mutex::new(Vec::new());
/// Arrays kept idle, at most 32 MiB each.
const MAX_IDLE: usize = 4;

impl Dense {
    pub(super) fn new(figures: usize, sparse: bool) -> Self {
        let idle = if sparse {
            IDLE.lock().ok().and_then(|mut idle| idle.pop())
        } else {
            None
        };
        let mut cells = idle.unwrap_or_default();
        if cells.len() < figures {
            // Not `resize`, which would write the zeros that fresh pages hold anyway.
            cells = vec![0; figures];
        }
        Self {
            cells,
            touched: Vec::with_capacity(if sparse { BLOCK } else { 0 }),
            slots: Vec::with_capacity(BLOCK),
        }
    }

    /// Keeps a sparsely used array for the next question.
    pub(super) fn recycle(mut self, width: usize) {
        if self.cells.len() <= FULL_FIGURES {
            return;
        }
        for slot in &self.touched {
            let slot = *slot as usize;
            self.cells[slot..slot + width].fill(0);
        }
        if let Ok(mut idle) = IDLE.lock()
            && idle.len() < MAX_IDLE
        {
            idle.push(self.cells);
        }
    }

    /// Lists the cells in use of an array that is read as a whole.
    pub(super) fn list_filled(&mut self, width: usize) {
        let filled = self.cells.chunks(width).enumerate();
        let filled = filled.filter(|(_, cell)| cell[0] > 0);
        self.touched = filled.map(|(number, _)| (number * width) as u32).collect();
    }

    pub(super) fn filled(&self, width: usize) -> impl Iterator<Item = (usize, &[u64])> {
        self.touched.iter().map(move |slot| {
            let slot = *slot as usize;
            (slot, &self.cells[slot..slot + width])
        })
    }
}

/// Groups found so far by one thread, when they are too spread for an array.
#[derive(Default)]
pub(super) struct Table {
    pub(super) index: IntMap<u128, u32>,
    pub(super) keys: Vec<u128>,
    pub(super) cells: Vec<u64>,
    pub(super) numbers: Vec<u128>,
    pub(super) slots: Vec<u32>,
}

impl Table {
    /// Turns the numbers into slots, making a cell for each new one.
    pub(super) fn find_slots(&mut self, width: usize) {
        self.slots.clear();
        for number in &self.numbers {
            let group = *self.index.entry(*number).or_insert_with(|| {
                self.keys.push(*number);
                self.cells.resize(self.keys.len() * width, 0);
                (self.keys.len() - 1) as u32
            });
            self.slots.push(group * width as u32);
        }
    }
}
