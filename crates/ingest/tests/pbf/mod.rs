//! A tiny writer of OSM PBF files, plain nodes and uncompressed blobs: enough to feed the reader.

use std::collections::HashMap;

#[derive(Default)]
pub struct Map {
    strings: Vec<String>,
    corners: HashMap<(i64, i64), i64>,
    nodes: Vec<Vec<u8>>,
    ways: Vec<Vec<u8>>,
    relations: Vec<Vec<u8>>,
    next: i64,
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn number(field: u64, value: u64, out: &mut Vec<u8>) {
    varint(field << 3, out);
    varint(value, out);
}

fn bytes(field: u64, value: &[u8], out: &mut Vec<u8>) {
    varint(field << 3 | 2, out);
    varint(value.len() as u64, out);
    out.extend(value);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn packed(values: impl Iterator<Item = u64>) -> Vec<u8> {
    let mut out = Vec::new();
    values.for_each(|v| varint(v, &mut out));
    out
}

fn deltas(values: &[i64]) -> Vec<u8> {
    let mut last = 0;
    packed(values.iter().map(|v| {
        let delta = v - last;
        last = *v;
        zigzag(delta)
    }))
}

impl Map {
    fn string(&mut self, text: &str) -> u64 {
        let at = self.strings.iter().position(|s| s == text);
        let at = at.unwrap_or_else(|| {
            self.strings.push(text.to_owned());
            self.strings.len() - 1
        });
        at as u64 + 1
    }

    fn tags(&mut self, tags: &[(&str, &str)], out: &mut Vec<u8>) {
        let keys: Vec<u64> = tags.iter().map(|(k, _)| self.string(k)).collect();
        let values: Vec<u64> = tags.iter().map(|(_, v)| self.string(v)).collect();
        bytes(2, &packed(keys.into_iter()), out);
        bytes(3, &packed(values.into_iter()), out);
    }

    /// A node at so many 1e-7 degrees from a place in the Netherlands.
    pub fn node(&mut self, x: i64, y: i64, tags: &[(&str, &str)]) -> i64 {
        self.next += 1;
        let mut out = Vec::new();
        number(1, zigzag(self.next), &mut out);
        self.tags(tags, &mut out);
        number(8, zigzag(520_000_000 + y), &mut out);
        number(9, zigzag(50_000_000 + x), &mut out);
        self.nodes.push(out);
        self.next
    }

    /// The node of this corner, the same one each time.
    pub fn corner(&mut self, x: i64, y: i64) -> i64 {
        if let Some(id) = self.corners.get(&(x, y)) {
            return *id;
        }
        let id = self.node(x, y, &[]);
        self.corners.insert((x, y), id);
        id
    }

    pub fn way(&mut self, id: i64, refs: &[i64], tags: &[(&str, &str)]) {
        let mut out = Vec::new();
        number(1, id as u64, &mut out);
        self.tags(tags, &mut out);
        bytes(8, &deltas(refs), &mut out);
        self.ways.push(out);
    }

    pub fn relation(&mut self, id: i64, ways: &[(i64, &str)], tags: &[(&str, &str)]) {
        let mut out = Vec::new();
        number(1, id as u64, &mut out);
        self.tags(tags, &mut out);
        let roles: Vec<u64> = ways.iter().map(|(_, role)| self.string(role)).collect();
        let ids: Vec<i64> = ways.iter().map(|(id, _)| *id).collect();
        bytes(8, &packed(roles.into_iter()), &mut out);
        bytes(9, &deltas(&ids), &mut out);
        bytes(10, &packed(ids.iter().map(|_| 1)), &mut out);
        self.relations.push(out);
    }

    pub fn write(self) -> Vec<u8> {
        let mut header = Vec::new();
        bytes(4, b"OsmSchema-V0.6", &mut header);
        let mut file = frame("OSMHeader", &header);
        let mut table = Vec::new();
        bytes(1, b"", &mut table);
        self.strings
            .iter()
            .for_each(|s| bytes(1, s.as_bytes(), &mut table));
        for (field, elements) in [(1, self.nodes), (3, self.ways), (4, self.relations)] {
            let mut group = Vec::new();
            for element in elements {
                bytes(field, &element, &mut group);
            }
            let mut block = Vec::new();
            bytes(1, &table, &mut block);
            bytes(2, &group, &mut block);
            file.extend(frame("OSMData", &block));
        }
        file
    }
}

fn frame(kind: &str, content: &[u8]) -> Vec<u8> {
    let mut blob = Vec::new();
    bytes(1, content, &mut blob);
    let mut out = frame_claiming(kind, blob.len() as u64);
    out.extend(blob);
    out
}

/// A blob header that claims so many bytes, without them.
pub fn frame_claiming(kind: &str, size: u64) -> Vec<u8> {
    let mut header = Vec::new();
    bytes(1, kind.as_bytes(), &mut header);
    number(3, size, &mut header);
    let mut out = (header.len() as u32).to_be_bytes().to_vec();
    out.extend(header);
    out
}
