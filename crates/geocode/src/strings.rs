//! Many short texts in one piece of memory: an interner while the index is built, and the frozen arena
//! afterwards, at four bytes a text over its own length.

use std::collections::HashMap;

/// Texts by their number.
#[derive(Debug, Clone)]
pub(crate) struct Strings {
    text: String,
    /// End of each text; text `i` starts where `i - 1` ends.
    ends: Vec<u32>,
}

impl Default for Strings {
    fn default() -> Self {
        Self {
            text: String::new(),
            ends: vec![0],
        }
    }
}

impl Strings {
    pub fn push(&mut self, text: &str) -> u32 {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.ends.len() as u32 - 2
    }

    pub fn len(&self) -> usize {
        self.ends.len() - 1
    }

    pub fn get(&self, id: u32) -> &str {
        let id = id as usize;
        &self.text[self.ends[id] as usize..self.ends[id + 1] as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|id| self.get(id))
    }

    pub fn memory_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4
    }
}

/// Gives equal texts the same number, in order of appearance.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    ids: HashMap<Box<str>, u32>,
}

impl Interner {
    pub fn id(&mut self, text: &str) -> u32 {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = self.ids.len() as u32;
        self.ids.insert(text.into(), id);
        id
    }

    /// The texts in the order of `key`, and for each number given out its place in that order.
    pub fn sorted_by<K: Ord>(self, key: impl Fn(&str) -> K) -> (Vec<Box<str>>, Vec<u32>) {
        let mut all: Vec<(K, Box<str>, u32)> = self
            .ids
            .into_iter()
            .map(|(text, id)| (key(&text), text, id))
            .collect();
        all.sort_unstable_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        let mut place = vec![0; all.len()];
        let texts = all
            .into_iter()
            .enumerate()
            .map(|(i, (_, text, id))| {
                place[id as usize] = i as u32;
                text
            })
            .collect();
        (texts, place)
    }
}
