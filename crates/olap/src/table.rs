//! Groups with what is known of each, sorted by their keys. The same table holds codes of one snapshot or
//! plain values; it can be joined with another one and rolled up to fewer dimensions, always from the mergeable
//! figures and never from finished ones.

use crate::figure::Figure;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table<K, M = K> {
    /// Keys of a group.
    dimensions: usize,
    /// Figures of a group.
    width: usize,
    keys: Vec<K>,
    figures: Vec<Figure<M>>,
    len: usize,
}

impl<K: Ord + Clone, M: Ord + Clone> Table<K, M> {
    pub(crate) fn new(dimensions: usize, width: usize) -> Self {
        Self {
            dimensions,
            width,
            keys: Vec::new(),
            figures: Vec::new(),
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn keys(&self, group: usize) -> &[K] {
        &self.keys[group * self.dimensions..(group + 1) * self.dimensions]
    }

    pub(crate) fn figures(&self, group: usize) -> &[Figure<M>] {
        &self.figures[group * self.width..(group + 1) * self.width]
    }

    pub(crate) fn figure(&self, group: usize, need: usize) -> &Figure<M> {
        &self.figures[group * self.width + need]
    }

    /// Appends a group, whose keys come after those of all others.
    pub(crate) fn push(
        &mut self,
        keys: impl IntoIterator<Item = K>,
        figures: impl IntoIterator<Item = Figure<M>>,
    ) {
        self.keys.extend(keys);
        self.figures.extend(figures);
        self.len += 1;
    }

    /// Group of these keys.
    pub(crate) fn find(&self, keys: &[K]) -> Option<usize> {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.keys(middle).cmp(keys) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// The groups of both; those of equal keys become one.
    pub(crate) fn merged(mut self, other: Self) -> Self {
        self.keys.extend(other.keys);
        self.figures.extend(other.figures);
        self.len += other.len;
        let all: Vec<usize> = (0..self.dimensions).collect();
        self.rolled(&all)
    }

    /// Rolled up to some of the dimensions, given rising.
    pub(crate) fn rolled(&self, keep: &[usize]) -> Self {
        let kept = |group: usize| {
            let keys = self.keys(group);
            keep.iter().map(move |dimension| &keys[*dimension])
        };
        self.gathered(
            keep.len(),
            |a, b| kept(a).cmp(kept(b)),
            |group| kept(group).cloned().collect(),
        )
    }

    /// Rolled up to keys of another making.
    pub(crate) fn renamed<N: Ord + Clone>(
        &self,
        dimensions: usize,
        keys: impl Fn(usize) -> Vec<N>,
    ) -> Table<N, M> {
        let named: Vec<Vec<N>> = (0..self.len).map(&keys).collect();
        self.gathered(
            dimensions,
            |a, b| named[a].cmp(&named[b]),
            |group| named[group].clone(),
        )
    }

    /// `order` says which groups become one, `keys` what they are called.
    fn gathered<N: Ord + Clone>(
        &self,
        dimensions: usize,
        order: impl Fn(usize, usize) -> std::cmp::Ordering,
        keys: impl Fn(usize) -> Vec<N>,
    ) -> Table<N, M> {
        let mut groups: Vec<usize> = (0..self.len).collect();
        groups.sort_by(|a, b| order(*a, *b));
        let mut out = Table::new(dimensions, self.width);
        for same in groups.chunk_by(|a, b| order(*a, *b).is_eq()) {
            let figures = (0..self.width).map(|need| {
                let mut figure = self.figure(same[0], need).clone();
                if same.len() > 1 {
                    figure.add_all(same[1..].iter().map(|group| self.figure(*group, need)));
                }
                figure
            });
            out.push(keys(same[0]), figures.collect::<Vec<_>>());
        }
        out
    }
}
