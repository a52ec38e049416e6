//! Reads a vector tile command by command, sharing nothing with the writer, and says what is wrong with
//! it: rings, orientation, buffer. `fast-mvt` reads every tile beside it.

use geo::Validation;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Double(f64),
    Int(i64),
    Bool(bool),
}

#[derive(Debug, Clone)]
pub struct Feature {
    pub kind: u64,
    pub tags: Vec<(String, Value)>,
    /// Points, lines or rings (open, without the repeated last vertex).
    pub parts: Vec<Vec<[i64; 2]>>,
}

#[derive(Debug, Clone)]
pub struct Layer {
    pub name: String,
    pub features: Vec<Feature>,
}

impl Feature {
    pub fn tag(&self, name: &str) -> Option<&Value> {
        self.tags
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, v)| v)
    }

    pub fn text(&self, name: &str) -> &str {
        match self.tag(name) {
            Some(Value::Text(text)) => text,
            other => panic!("{name} is {other:?}"),
        }
    }

    /// Exteriors with their holes, as the orientation of the rings says.
    pub fn polygons(&self) -> Vec<geo::Polygon<f64>> {
        let mut polygons: Vec<(geo::LineString<f64>, Vec<geo::LineString<f64>>)> = Vec::new();
        for ring in &self.parts {
            let line: geo::LineString<f64> = ring
                .iter()
                .chain(ring.first())
                .map(|p| (p[0] as f64, p[1] as f64))
                .collect();
            if double_area(ring) > 0 {
                polygons.push((line, Vec::new()));
            } else {
                polygons.last_mut().expect("an exterior first").1.push(line);
            }
        }
        polygons
            .into_iter()
            .map(|(exterior, holes)| geo::Polygon::new(exterior, holes))
            .collect()
    }
}

pub fn double_area(ring: &[[i64; 2]]) -> i64 {
    (0..ring.len())
        .map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            a[0] * b[1] - b[0] * a[1]
        })
        .sum()
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn varint(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.0[0];
            self.0 = &self.0[1..];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return value;
            }
        }
        panic!("a varint of more than ten bytes");
    }

    fn take(&mut self, len: usize) -> &'a [u8] {
        let (head, tail) = self.0.split_at(len);
        self.0 = tail;
        head
    }

    /// Field number, varint value and bytes (one of them by wire type).
    fn field(&mut self) -> Option<(u64, u64, &'a [u8])> {
        if self.0.is_empty() {
            return None;
        }
        let tag = self.varint();
        Some(match tag & 7 {
            0 => (tag >> 3, self.varint(), &[]),
            1 => (tag >> 3, 0, self.take(8)),
            2 => {
                let len = self.varint() as usize;
                (tag >> 3, 0, self.take(len))
            }
            wire => panic!("wire type {wire}"),
        })
    }
}

fn packed(bytes: &[u8]) -> Vec<u64> {
    let mut cursor = Cursor(bytes);
    let mut out = Vec::new();
    while !cursor.0.is_empty() {
        out.push(cursor.varint());
    }
    out
}

pub fn decode(tile: &[u8]) -> Vec<Layer> {
    let mut layers = Vec::new();
    let mut cursor = Cursor(tile);
    while let Some((field, _, bytes)) = cursor.field() {
        assert_eq!(field, 3, "a tile holds layers only");
        layers.push(decode_layer(bytes));
    }
    layers
}

fn decode_layer(bytes: &[u8]) -> Layer {
    let (mut name, mut raw, mut keys, mut values) = (String::new(), vec![], vec![], vec![]);
    let (mut extent, mut version) = (0, 0);
    let mut cursor = Cursor(bytes);
    while let Some((field, number, bytes)) = cursor.field() {
        let text = || String::from_utf8(bytes.to_vec()).expect("UTF-8");
        match field {
            1 => name = text(),
            2 => raw.push(bytes),
            3 => keys.push(text()),
            4 => values.push(decode_value(bytes)),
            5 => extent = number,
            15 => version = number,
            other => panic!("layer field {other}"),
        }
    }
    assert_eq!((extent, version), (4096, 2));
    let features = raw
        .into_iter()
        .map(|bytes| decode_feature(bytes, &keys, &values))
        .collect();
    Layer { name, features }
}

fn decode_value(bytes: &[u8]) -> Value {
    let mut cursor = Cursor(bytes);
    let (field, number, bytes) = cursor.field().expect("a value");
    assert!(cursor.0.is_empty(), "one value each");
    match field {
        1 => Value::Text(String::from_utf8(bytes.to_vec()).expect("UTF-8")),
        3 => Value::Double(f64::from_le_bytes(bytes.try_into().expect("8 bytes"))),
        4 => Value::Int(number as i64),
        7 => Value::Bool(number == 1),
        other => panic!("value field {other}"),
    }
}

fn decode_feature(bytes: &[u8], keys: &[String], values: &[Value]) -> Feature {
    let (mut kind, mut tags, mut commands) = (0, vec![], vec![]);
    let mut cursor = Cursor(bytes);
    while let Some((field, number, bytes)) = cursor.field() {
        match field {
            2 => tags = packed(bytes),
            3 => kind = number,
            4 => commands = packed(bytes),
            other => panic!("feature field {other}"),
        }
    }
    assert_eq!(tags.len() % 2, 0);
    let tags = tags
        .chunks(2)
        .map(|t| (keys[t[0] as usize].clone(), values[t[1] as usize].clone()))
        .collect();
    Feature {
        kind,
        tags,
        parts: decode_geometry(kind, &commands),
    }
}

fn decode_geometry(kind: u64, commands: &[u64]) -> Vec<Vec<[i64; 2]>> {
    let mut parts: Vec<Vec<[i64; 2]>> = Vec::new();
    let (mut at, mut pen, mut open) = (0, [0i64; 2], false);
    while at < commands.len() {
        let (command, count) = (commands[at] & 7, commands[at] >> 3);
        at += 1;
        match command {
            1 | 2 => {
                assert!(count > 0);
                for _ in 0..count {
                    for axis in &mut pen {
                        let v = commands[at];
                        *axis += (v >> 1) as i64 ^ -((v & 1) as i64);
                        at += 1;
                    }
                    if command == 1 {
                        assert!(!open || kind != 3, "a ring is not closed");
                        parts.push(vec![pen]);
                        open = true;
                    } else {
                        let part = parts.last_mut().expect("a pen set down");
                        assert_ne!(part.last(), Some(&pen), "two equal vertices in a row");
                        part.push(pen);
                    }
                }
            }
            7 => {
                assert!(kind == 3 && count == 1);
                open = false;
            }
            other => panic!("command {other}"),
        }
    }
    assert!(!open || kind != 3, "a ring is not closed");
    assert!(!parts.is_empty(), "a feature without geometry");
    parts
}

/// Decodes with both readers and checks what MVT 2.1 and our buffer demand of every feature.
pub fn checked(tile: &[u8], buffer: i64) -> Vec<Layer> {
    let reader = fast_mvt::MvtReaderRef::new(tile).expect("fast-mvt reads the tile");
    let layers = decode(tile);
    let counts: Vec<usize> = reader.layers().map(|l| l.features().count()).collect();
    assert_eq!(
        counts,
        layers.iter().map(|l| l.features.len()).collect::<Vec<_>>()
    );
    for layer in &layers {
        assert!(!layer.features.is_empty(), "{} is empty", layer.name);
        for feature in &layer.features {
            check_feature(feature, &layer.name, buffer);
        }
    }
    layers
}

fn check_feature(feature: &Feature, layer: &str, buffer: i64) {
    let reach = if feature.kind == 1 {
        0..=4095
    } else {
        -buffer..=4096 + buffer
    };
    for p in feature.parts.iter().flatten() {
        assert!(
            p.iter().all(|v| reach.contains(v)),
            "{layer}: {p:?} lies outside the buffer"
        );
    }
    match feature.kind {
        1 => assert!(feature.parts.iter().all(|part| part.len() == 1)),
        2 => assert!(feature.parts.iter().all(|part| part.len() > 1)),
        3 => {
            assert!(
                double_area(&feature.parts[0]) > 0,
                "{layer}: the first ring is no exterior"
            );
            for ring in &feature.parts {
                assert!(
                    ring.len() > 2 && double_area(ring) != 0,
                    "{layer}: {ring:?}"
                );
            }
            let area = geo::MultiPolygon::new(feature.polygons());
            assert!(
                area.is_valid(),
                "{layer}: {:?} in {:?}",
                area.validation_errors(),
                feature.parts
            );
        }
        other => panic!("geometry type {other}"),
    }
}
