//! Where are the figures of groups kept while they are gathered? In an array with a place for every number that
//! a group can have, or in a table of those found so far.

use crate::column::BLOCK;
use crate::hash::IntMap;
use std::sync::Mutex;

/// Arrays between two uses, all zero: making a large one anew costs a page fault per page it touches.
pub(super) struct Idle<T>(Mutex<Vec<Vec<T>>>);

/// Arrays of a kind kept idle, at most 32 MiB each.
const MAX_IDLE: usize = 4;
/// Bytes from which an array is kept.
const LARGE: usize = 1 << 16;

impl<T: Copy + Default> Idle<T> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Zeros, as many as asked for or more.
    pub(super) fn take(&self, len: usize) -> Vec<T> {
        let idle = || self.0.lock().ok()?.pop();
        let large = len * size_of::<T>() >= LARGE;
        match large.then(idle).flatten() {
            Some(array) if array.len() >= len => array,
            // Not `resize`, which would write the zeros that fresh pages hold anyway.
            _ => vec![T::default(); len],
        }
    }

    /// Keeps an array that is all zero again.
    pub(super) fn give(&self, array: Vec<T>) {
        if size_of_val(array.as_slice()) >= LARGE
            && let Ok(mut idle) = self.0.lock()
            && idle.len() < MAX_IDLE
        {
            idle.push(array);
        }
    }
}

/// Numbers of groups, each once and read in order.
pub(super) struct Numbers(Vec<u64>);

impl Numbers {
    pub(super) fn below(end: usize) -> Self {
        Self(vec![0; end.div_ceil(64)])
    }

    #[inline]
    pub(super) fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(index * 64 + bit)
            })
        })
    }
}

/// Cells of an array of one thread; when it is large, `touched` lists those that hold something.
pub(super) struct Dense {
    pub(super) cells: Vec<u64>,
    pub(super) touched: Vec<u32>,
    pub(super) slots: Vec<u32>,
}

static IDLE: Idle<u64> = Idle::new();

impl Dense {
    pub(super) fn new(figures: usize, sparse: bool) -> Self {
        Self {
            cells: if sparse {
                IDLE.take(figures)
            } else {
                vec![0; figures]
            },
            touched: Vec::with_capacity(if sparse { BLOCK } else { 0 }),
            slots: Vec::with_capacity(BLOCK),
        }
    }

    /// Keeps a sparsely used array for the next question.
    pub(super) fn recycle(mut self, width: usize) {
        for slot in self.touched {
            let slot = slot as usize;
            self.cells[slot..slot + width].fill(0);
        }
        IDLE.give(self.cells);
    }
}

/// Groups that hold something, by rising number, and the cell of each.
pub(super) struct Filled {
    pub(super) numbers: Vec<u32>,
    pub(super) cells: Vec<u64>,
    pub(super) width: usize,
}

impl Filled {
    /// The groups of an array of cells whose count is not 0.
    pub(super) fn of(mut cells: Vec<u64>, width: usize) -> Self {
        let mut numbers = Vec::with_capacity(cells.len() / width);
        for number in 0..cells.len() / width {
            let start = number * width;
            if cells[start] > 0 {
                cells.copy_within(start..start + width, numbers.len() * width);
                numbers.push(number as u32);
            }
        }
        cells.truncate(numbers.len() * width);
        Self {
            numbers,
            cells,
            width,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &[u64])> {
        let numbers = self.numbers.iter().map(|number| u64::from(*number));
        numbers.zip(self.cells.chunks(self.width))
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
