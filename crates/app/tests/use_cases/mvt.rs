//! A vector tile read by hand, sharing nothing with the writer: properties and first position.

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Double(f64),
    Int(i64),
    Bool(bool),
}

#[derive(Debug)]
pub struct Feature {
    pub tags: Vec<(String, Value)>,
    /// Where its geometry begins, in steps of the tile's 4,096.
    pub start: [i64; 2],
}

impl Feature {
    pub fn tag(&self, name: &str) -> Option<&Value> {
        self.tags
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, v)| v)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        match self.tag(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub fn int(&self, name: &str) -> Option<i64> {
        match self.tag(name) {
            Some(Value::Int(int)) => Some(*int),
            Some(Value::Double(double)) if double.fract() == 0.0 => Some(*double as i64),
            _ => None,
        }
    }
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, tail) = self.0.split_at(n);
        self.0 = tail;
        head
    }

    fn varint(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return value;
            }
        }
        panic!("a number longer than 64 bits")
    }

    /// Number of the field, its number or its bytes.
    fn field(&mut self) -> Option<(u64, u64, &'a [u8])> {
        if self.0.is_empty() {
            return None;
        }
        let key = self.varint();
        Some(match key & 7 {
            0 => (key >> 3, self.varint(), &[]),
            1 => (key >> 3, 0, self.take(8)),
            2 => {
                let length = self.varint() as usize;
                (key >> 3, 0, self.take(length))
            }
            5 => (key >> 3, 0, self.take(4)),
            other => panic!("wire type {other}"),
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

fn value(bytes: &[u8]) -> Value {
    let (field, number, bytes) = Cursor(bytes).field().expect("a value");
    match field {
        1 => Value::Text(String::from_utf8(bytes.to_vec()).expect("UTF-8")),
        2 => Value::Double(f64::from(f32::from_le_bytes(
            bytes.try_into().expect("4 bytes"),
        ))),
        3 => Value::Double(f64::from_le_bytes(bytes.try_into().expect("8 bytes"))),
        4 | 5 => Value::Int(number as i64),
        6 => Value::Int((number >> 1) as i64 ^ -((number & 1) as i64)),
        7 => Value::Bool(number == 1),
        other => panic!("value field {other}"),
    }
}

/// Every feature of every layer.
pub fn decode(tile: &[u8]) -> Vec<Feature> {
    let mut features = Vec::new();
    let mut tile = Cursor(tile);
    while let Some((field, _, layer)) = tile.field() {
        assert_eq!(field, 3, "a tile holds layers only");
        let (mut raw, mut keys, mut values) = (vec![], vec![], vec![]);
        let mut layer = Cursor(layer);
        while let Some((field, number, bytes)) = layer.field() {
            let text = || String::from_utf8(bytes.to_vec()).expect("UTF-8");
            match field {
                2 => raw.push(bytes),
                3 => keys.push(text()),
                4 => values.push(value(bytes)),
                5 => assert_eq!(number, 4096),
                _ => {}
            }
        }
        for bytes in raw {
            let (mut tags, mut commands) = (Vec::new(), Vec::new());
            let mut feature = Cursor(bytes);
            while let Some((field, _, bytes)) = feature.field() {
                match field {
                    2 => tags = packed(bytes),
                    4 => commands = packed(bytes),
                    _ => {}
                }
            }
            let unzigzag = |v: u64| (v >> 1) as i64 ^ -((v & 1) as i64);
            features.push(Feature {
                tags: tags
                    .chunks(2)
                    .map(|t| (keys[t[0] as usize].clone(), values[t[1] as usize].clone()))
                    .collect(),
                start: [unzigzag(commands[1]), unzigzag(commands[2])],
            });
        }
    }
    features
}
