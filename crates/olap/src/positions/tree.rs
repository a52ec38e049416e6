//! The quads of many rows as a tree: a level further down costs one read of memory, where searching the sorted quadkeys
//! waits for memory a dozen times. Smaller quads are searched.

use super::Quadkeys;

/// Rows up to which a quad is not a part of the tree.
const FEW: usize = 512;
/// Instead of the first of four quarters: none of them has a node.
const NONE: u32 = u32::MAX;

/// Four quarters of a node lie next to each other; one that has few rows stays empty.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    nodes: Vec<Borders>,
}

/// A quad of the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node(u32);

#[derive(Debug, Clone, Copy)]
struct Borders {
    /// First rows of the second, third and fourth quarter.
    rows: [u32; 3],
    quarters: u32,
}

const EMPTY: Borders = Borders {
    rows: [u32::MAX; 3],
    quarters: NONE,
};

impl Tree {
    pub(super) fn over(quadkeys: &Quadkeys<'_>) -> Self {
        let whole = quadkeys.whole();
        let mut out = Self { nodes: Vec::new() };
        let grows = |slice: &super::Slice| slice.rows() > FEW && slice.shift > 0;
        if !grows(&whole) {
            return out;
        }
        out.nodes.push(EMPTY);
        let mut open = vec![(0, whole)];
        while let Some((at, slice)) = open.pop() {
            let quarters = quadkeys.quarters(&slice);
            let [_, b, c, d] = quarters.each_ref().map(|quarter| quarter.start as u32);
            out.nodes[at].rows = [b, c, d];
            if quarters.iter().any(grows) {
                let first = out.nodes.len();
                out.nodes[at].quarters = first as u32;
                out.nodes.extend([EMPTY; 4]);
                let nodes = (first..).zip(quarters);
                open.extend(nodes.filter(|(_, quarter)| grows(quarter)));
            }
        }
        out.nodes.shrink_to_fit();
        out
    }

    pub(super) fn root(&self) -> Option<Node> {
        (!self.nodes.is_empty()).then_some(Node(0))
    }

    pub(super) fn borders(&self, node: Node) -> [usize; 3] {
        self.nodes[node.0 as usize].rows.map(|row| row as usize)
    }

    /// The node of a node's quarter, if it has one.
    pub(super) fn quarter(&self, node: Node, part: usize) -> Option<Node> {
        let first = self.nodes[node.0 as usize].quarters;
        let quarter = first.checked_add(part as u32).filter(|_| first != NONE)?;
        (self.nodes[quarter as usize].rows[0] != EMPTY.rows[0]).then_some(Node(quarter))
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.nodes.as_slice())
    }
}
