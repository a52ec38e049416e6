//! Writing Mapbox Vector Tiles 2.1. `fast-mvt` builds a feature from its coordinates and has no door
//! for geometry that is already encoded; the choropleth lives from exactly that (same geometry, new
//! value column), so the dozen protobuf fields are written here and `fast-mvt` reads them in the tests.

use crate::EXTENT;
use crate::polygon::{Area, double_area};
use foldhash::HashMap;

/// A property of a feature; `Null` leaves it out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Property<'a> {
    Null,
    Text(&'a str),
    Int(i64),
    Double(f64),
    Bool(bool),
}

impl<'a> From<Option<&'a str>> for Property<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<Option<i64>> for Property<'_> {
    fn from(int: Option<i64>) -> Self {
        int.map_or(Self::Null, Self::Int)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GeometryType {
    Point = 1,
    Line = 2,
    Polygon = 3,
}

#[derive(Debug, Clone, Copy)]
struct FeatureSpan {
    kind: GeometryType,
    /// Ends of this feature's bytes in `tags` and `geometry`; it starts where the one before ends.
    tags_end: u32,
    geometry_end: u32,
}

/// One more property of every feature, its value asked by the feature's place in the layer.
#[derive(Clone, Copy)]
pub(crate) struct ExtraColumn<'a> {
    pub name: &'a str,
    pub value: &'a dyn Fn(usize) -> Option<f64>,
}

/// One MVT layer, with features encoded as they come but not yet framed, so that one more property may
/// be appended to each when the layer is written.
#[derive(Debug, Default)]
pub(crate) struct LayerBuffer {
    name: &'static str,
    keys: Vec<&'static str>,
    /// The first property is a text no other feature has, so it is not looked up.
    first_is_unique: bool,
    values: Vec<u8>,
    value_count: u32,
    texts: HashMap<Box<str>, u32>,
    /// Keyed by kind and bits.
    scalars: HashMap<(u8, u64), u32>,
    features: Vec<FeatureSpan>,
    tags: Vec<u8>,
    geometry: Vec<u8>,
}

impl LayerBuffer {
    pub fn new(name: &'static str, keys: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            name,
            keys: keys.into_iter().collect(),
            ..Self::default()
        }
    }

    /// For features whose first property is a text of their own, an id.
    pub fn with_unique_first(mut self) -> Self {
        self.first_is_unique = true;
        self
    }

    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// Features so far.
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// Bytes held, for the cache's budget.
    pub fn byte_size(&self) -> usize {
        self.values.len()
            + self.tags.len()
            + self.geometry.len()
            + self.features.len() * size_of::<FeatureSpan>()
            + 256
    }

    /// Forgets the look-up tables that only adding features needs.
    pub fn seal(&mut self) {
        self.texts = HashMap::default();
        self.scalars = HashMap::default();
    }

    /// Adds a feature whose geometry is `write`'s commands; properties are in the order of the keys.
    pub fn add<'p>(
        &mut self,
        kind: GeometryType,
        write: impl FnOnce(&mut Vec<u8>),
        properties: impl IntoIterator<Item = Property<'p>>,
    ) {
        let before = self.geometry.len();
        write(&mut self.geometry);
        if self.geometry.len() == before {
            return;
        }
        for (key, property) in properties.into_iter().enumerate() {
            if let Some(value) = self.value_index(property, key == 0 && self.first_is_unique) {
                put_varint(&mut self.tags, key as u64);
                put_varint(&mut self.tags, u64::from(value));
            }
        }
        self.features.push(FeatureSpan {
            kind,
            tags_end: self.tags.len() as u32,
            geometry_end: self.geometry.len() as u32,
        });
    }

    fn value_index(&mut self, property: Property<'_>, unique: bool) -> Option<u32> {
        let next = self.value_count;
        let scalar = match property {
            Property::Null => return None,
            Property::Text(text) => {
                if unique {
                    put_text_value(&mut self.values, text);
                    self.value_count += 1;
                    return Some(next);
                }
                if let Some(&index) = self.texts.get(text) {
                    return Some(index);
                }
                self.texts.insert(text.into(), next);
                put_text_value(&mut self.values, text);
                self.value_count += 1;
                return Some(next);
            }
            Property::Double(double) if !double.is_finite() => return None,
            Property::Int(int) => (4, int as u64),
            Property::Double(double) => (3, double.to_bits()),
            Property::Bool(bool) => (7, u64::from(bool)),
        };
        if let Some(&index) = self.scalars.get(&scalar) {
            return Some(index);
        }
        self.scalars.insert(scalar, next);
        put_scalar_value(&mut self.values, scalar);
        self.value_count += 1;
        Some(next)
    }

    /// Appends the layer to a tile; a layer without features is left out.
    pub fn write(&self, tile: &mut Vec<u8>) {
        self.write_with(tile, None);
    }

    /// The same with one more property.
    pub fn write_with(&self, tile: &mut Vec<u8>, extra: Option<ExtraColumn<'_>>) {
        if self.features.is_empty() {
            return;
        }
        let mut layer = Vec::with_capacity(self.byte_size() + self.features.len() * 24);
        put_bytes(&mut layer, 1, self.name.as_bytes());
        let mut extra_values = Vec::new();
        let mut extra_count = 0u32;
        let mut seen: HashMap<(u8, u64), u32> = HashMap::default();
        let (mut tags_start, mut geometry_start) = (0, 0);
        let mut extra_tags = Vec::with_capacity(20);
        for (at, feature) in self.features.iter().enumerate() {
            let tags = &self.tags[tags_start..feature.tags_end as usize];
            let geometry = &self.geometry[geometry_start..feature.geometry_end as usize];
            (tags_start, geometry_start) =
                (feature.tags_end as usize, feature.geometry_end as usize);
            extra_tags.clear();
            if let Some(value) = extra
                .and_then(|extra| (extra.value)(at))
                .filter(|v| v.is_finite())
            {
                let scalar = compact_number(value);
                let index = *seen.entry(scalar).or_insert_with(|| {
                    put_scalar_value(&mut extra_values, scalar);
                    extra_count += 1;
                    self.value_count + extra_count - 1
                });
                put_varint(&mut extra_tags, self.keys.len() as u64);
                put_varint(&mut extra_tags, u64::from(index));
            }
            put_feature(&mut layer, feature.kind, [tags, &extra_tags], geometry);
        }
        for key in &self.keys {
            put_bytes(&mut layer, 3, key.as_bytes());
        }
        if let Some(ExtraColumn { name, .. }) = extra {
            put_bytes(&mut layer, 3, name.as_bytes());
        }
        layer.extend_from_slice(&self.values);
        layer.extend_from_slice(&extra_values);
        put_tag(&mut layer, 5, 0);
        put_varint(&mut layer, u64::from(EXTENT));
        put_tag(&mut layer, 15, 0);
        put_varint(&mut layer, 2);
        put_bytes(tile, 3, &layer);
    }
}

/// A whole number is shorter as an integer; JavaScript reads both as a number.
fn compact_number(value: f64) -> (u8, u64) {
    if (0.0..9_007_199_254_740_992.0).contains(&value) && value.fract() == 0.0 {
        (4, value as u64)
    } else {
        (3, value.to_bits())
    }
}

fn put_feature(layer: &mut Vec<u8>, kind: GeometryType, tags: [&[u8]; 2], geometry: &[u8]) {
    let tags_len = tags[0].len() + tags[1].len();
    let tags_field = if tags_len == 0 {
        0
    } else {
        1 + varint_len(tags_len as u64) + tags_len
    };
    let geometry_field = 1 + varint_len(geometry.len() as u64) + geometry.len();
    put_tag(layer, 2, 2);
    put_varint(layer, (tags_field + 2 + geometry_field) as u64);
    if tags_len > 0 {
        put_tag(layer, 2, 2);
        put_varint(layer, tags_len as u64);
        layer.extend_from_slice(tags[0]);
        layer.extend_from_slice(tags[1]);
    }
    put_tag(layer, 3, 0);
    put_varint(layer, kind as u64);
    put_bytes(layer, 4, geometry);
}

fn put_text_value(values: &mut Vec<u8>, text: &str) {
    let inner = 1 + varint_len(text.len() as u64) + text.len();
    put_tag(values, 4, 2);
    put_varint(values, inner as u64);
    put_bytes(values, 1, text.as_bytes());
}

fn put_scalar_value(values: &mut Vec<u8>, (kind, bits): (u8, u64)) {
    put_tag(values, 4, 2);
    if kind == 3 {
        put_varint(values, 9);
        put_tag(values, 3, 1);
        values.extend_from_slice(&bits.to_le_bytes());
    } else {
        put_varint(values, 1 + varint_len(bits) as u64);
        put_tag(values, u32::from(kind), 0);
        put_varint(values, bits);
    }
}

fn put_tag(out: &mut Vec<u8>, field: u32, wire: u32) {
    put_varint(out, u64::from(field << 3 | wire));
}

fn put_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_tag(out, field, 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Draws geometry commands (MVT 2.1 section 4.3), the pen starting at the tile's corner.
pub(crate) struct Pen<'a> {
    out: &'a mut Vec<u8>,
    at: [i32; 2],
}

impl<'a> Pen<'a> {
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, at: [0, 0] }
    }

    fn command(&mut self, command: u32, count: usize) {
        put_varint(self.out, (count as u64) << 3 | u64::from(command));
    }

    fn go(&mut self, to: [i32; 2]) {
        for (to, from) in to.into_iter().zip(self.at) {
            let delta = to - from;
            put_varint(self.out, u64::from(((delta << 1) ^ (delta >> 31)) as u32));
        }
        self.at = to;
    }

    pub fn point(&mut self, at: [i32; 2]) {
        self.command(1, 1);
        self.go(at);
    }

    /// Two distinct consecutive vertices or more.
    pub fn line(&mut self, line: impl ExactSizeIterator<Item = [i32; 2]>) {
        let rest = line.len() - 1;
        for (i, p) in line.enumerate() {
            match i {
                0 => self.command(1, 1),
                1 => self.command(2, rest),
                _ => {}
            }
            self.go(p);
        }
    }

    /// An exterior ring followed by its holes, each wound as its role demands; rings without area are
    /// left out, and with the exterior its holes.
    pub fn area(&mut self, area: &Area) {
        for (i, ring) in area.iter().enumerate() {
            let twice = double_area(ring);
            if ring.len() < 3 || twice == 0 {
                if i == 0 {
                    return;
                }
                continue;
            }
            if (twice > 0) == (i == 0) {
                self.line(ring.iter().copied());
            } else {
                self.line(ring.iter().rev().copied());
            }
            self.command(7, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_encoded_to_its_bytes() {
        let mut out = Vec::new();
        Pen::new(&mut out).area(&vec![vec![[3, 6], [8, 12], [20, 34]]]);
        assert_eq!(out, [9, 6, 12, 18, 10, 12, 24, 44, 15]);
        out.clear();
        Pen::new(&mut out).point([25, 17]);
        assert_eq!(out, [9, 50, 34]);
    }

    #[test]
    fn varint_lengths_are_those_written() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::MAX] {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            assert_eq!(out.len(), varint_len(value), "{value}");
        }
    }

    #[test]
    fn an_extra_value_joins_the_static_properties() {
        let mut layer = LayerBuffer::new("regions", ["code", "name"]);
        for (code, name) in [("A", Some("one")), ("B", None)] {
            layer.add(
                GeometryType::Point,
                |out| Pen::new(out).point([1, 2]),
                [Property::Text(code), Property::from(name)],
            );
        }
        let mut tile = Vec::new();
        layer.write_with(
            &mut tile,
            Some(ExtraColumn {
                name: "value",
                value: &|at| [Some(7.0), Some(-0.5)][at],
            }),
        );
        let reader = fast_mvt::MvtReaderRef::new(&tile).expect("a tile");
        let layer = reader.layers().next().expect("a layer");
        let read: Vec<Vec<String>> = layer
            .features()
            .map(|feature| {
                feature
                    .properties()
                    .map(|p| {
                        let (key, value) = p.expect("a property");
                        format!("{key}={value:?}")
                    })
                    .collect()
            })
            .collect();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].len(), 3, "{read:?}");
        assert!(read[1][1].contains("value=") && read[1][1].contains("-0.5"));
    }
}
