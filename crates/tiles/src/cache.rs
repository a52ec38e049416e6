//! Keeps what was used lately within a budget of bytes. Two generations instead of a list in order of
//! use: reading moves an entry to the young one; when that holds half the budget it becomes the old one
//! and the former old one is dropped.

use geocrm_domain::TileId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug)]
struct Generations<V> {
    young: HashMap<TileId, Arc<V>>,
    old: HashMap<TileId, Arc<V>>,
    young_bytes: usize,
}

#[derive(Debug)]
pub(crate) struct TileCache<V> {
    generations: Mutex<Generations<V>>,
    budget_bytes: usize,
    size: fn(&V) -> usize,
}

impl<V> TileCache<V> {
    pub fn new(budget_bytes: usize, size: fn(&V) -> usize) -> Self {
        Self {
            generations: Mutex::new(Generations {
                young: HashMap::new(),
                old: HashMap::new(),
                young_bytes: 0,
            }),
            budget_bytes,
            size,
        }
    }

    /// The tile's entry, made by `make` when it is not there; two callers at once may both make it.
    pub fn get_or_make(&self, tile: TileId, make: impl FnOnce() -> V) -> Arc<V> {
        if let Some(found) = self.get(tile) {
            return found;
        }
        self.keep(tile, make())
    }

    pub fn keep(&self, tile: TileId, value: V) -> Arc<V> {
        let value = Arc::new(value);
        self.put(tile, &value);
        value
    }

    pub fn get(&self, tile: TileId) -> Option<Arc<V>> {
        let mut generations = self.lock();
        if let Some(found) = generations.young.get(&tile) {
            return Some(Arc::clone(found));
        }
        let found = generations.old.remove(&tile)?;
        drop(generations);
        self.put(tile, &found);
        Some(found)
    }

    fn put(&self, tile: TileId, value: &Arc<V>) {
        let bytes = (self.size)(value);
        let mut generations = self.lock();
        if generations.young_bytes + bytes > self.budget_bytes / 2 {
            generations.old = std::mem::take(&mut generations.young);
            generations.young_bytes = 0;
        }
        if generations.young.insert(tile, Arc::clone(value)).is_none() {
            generations.young_bytes += bytes;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Generations<V>> {
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_holds_and_what_is_used_stays() {
        let cache: TileCache<Vec<u8>> = TileCache::new(1_000, Vec::len);
        let tile = |x| TileId { z: 20, x, y: 0 };
        cache.get_or_make(tile(0), || vec![0; 100]);
        for x in 1..50 {
            cache.get_or_make(tile(x), || vec![1; 100]);
            let kept = cache.get_or_make(tile(0), || panic!("the tile in use was dropped"));
            assert_eq!(kept[0], 0);
        }
        let generations = cache.lock();
        let bytes: usize = generations
            .young
            .values()
            .chain(generations.old.values())
            .map(|v| v.len())
            .sum();
        assert!(bytes <= 1_000, "{bytes}");
    }
}
