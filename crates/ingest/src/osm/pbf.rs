//! The PBF container. Frames are walked and bounded before anything is decoded: a length in the file
//! is a claim, and a file that ends inside a frame is truncated, not short. Blobs are then decoded by
//! `osmpbf` on all cores; it adds deltas unchecked, so a panic of its own becomes an error here.

use super::tags;
use crate::error::IngestError;
use geocrm_domain::spatial::LngLat;
use osmpbf::{Blob, BlobDecode, BlobReader, Element, PrimitiveBlock, RelMemberType};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Bytes of one blob's header, and of one packed blob (the format's own maxima).
const HEADER_BYTES: u32 = 64 * 1024;
const BLOB_BYTES: u64 = 32 << 20;
/// Blobs decoded at once.
const BATCH: usize = 32;
/// Nodes of one way; the map's own maximum is 2,000.
const WAY_NODES: usize = 100_000;

/// The tags of one object.
#[derive(Debug, Clone, Default)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Trimmed; `None` when nothing is left.
    pub fn owned(&self, key: &str) -> Option<String> {
        let text = self.get(key)?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Tags {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let owned = |(k, v): (&str, &str)| (k.to_owned(), v.to_owned());
        Self(pairs.into_iter().map(owned).collect())
    }
}

#[derive(Debug)]
pub struct Node {
    pub id: i64,
    pub place: LngLat,
    pub tags: Tags,
}

#[derive(Debug)]
pub struct Way {
    pub id: i64,
    pub refs: Vec<i64>,
    pub tags: Tags,
}

#[derive(Debug, Clone, Copy)]
pub struct Member {
    pub way: i64,
    /// The relation calls it a hole.
    pub is_inner: bool,
}

#[derive(Debug)]
pub struct Relation {
    pub id: i64,
    /// Ways in the order of the file.
    pub members: Vec<Member>,
    pub tags: Tags,
}

/// The wanted objects and the positions they need.
#[derive(Debug, Default)]
pub struct Extract {
    pub tagged_nodes: Vec<Node>,
    /// Sorted by id; also ways that are only members of a wanted relation.
    pub ways: Vec<Way>,
    pub relations: Vec<Relation>,
    node_ids: Vec<i64>,
    node_places: Vec<Option<LngLat>>,
}

impl Extract {
    /// Position of a node; `None` when the file does not hold it.
    pub fn place(&self, node: i64) -> Option<LngLat> {
        let at = self.node_ids.binary_search(&node).ok()?;
        self.node_places[at]
    }

    pub fn way(&self, id: i64) -> Option<&Way> {
        let at = self.ways.binary_search_by_key(&id, |w| w.id).ok()?;
        self.ways.get(at)
    }
}

/// Which kinds of object a blob holds.
#[derive(Debug, Clone, Copy, Default)]
struct Holds {
    nodes: bool,
    ways: bool,
}

pub fn read(path: &Path) -> Result<Extract, IngestError> {
    check_frames(path)?;
    let mut extract = Extract::default();

    let mut holds = Vec::new();
    pass(
        path,
        |_| true,
        relations,
        |(found, kinds)| {
            extract.relations.extend(found);
            holds.push(kinds);
        },
    )?;
    extract.relations.sort_by_key(|r| r.id);
    extract.relations.dedup_by_key(|r| r.id);

    let members: HashSet<i64> = extract
        .relations
        .iter()
        .flat_map(|r| r.members.iter().map(|m| m.way))
        .collect();
    pass(
        path,
        |blob| holds.get(blob).is_some_and(|h| h.ways),
        |block| ways(block, &members),
        |found| extract.ways.extend(found),
    )?;
    extract.ways.sort_by_key(|w| w.id);
    extract.ways.dedup_by_key(|w| w.id);

    let mut ids: Vec<i64> = extract
        .ways
        .iter()
        .flat_map(|w| w.refs.iter().copied())
        .collect();
    ids.par_sort_unstable();
    ids.dedup();
    let mut places = vec![None; ids.len()];
    pass(
        path,
        |blob| holds.get(blob).is_some_and(|h| h.nodes),
        |block| nodes(block, &ids),
        |(positions, tagged)| {
            for (at, place) in positions {
                places[at as usize] = Some(place);
            }
            extract.tagged_nodes.extend(tagged);
        },
    )?;
    extract.tagged_nodes.sort_by_key(|n| n.id);
    extract.tagged_nodes.dedup_by_key(|n| n.id);
    extract.node_ids = ids;
    extract.node_places = places;
    Ok(extract)
}

/// Walks the frames without unpacking them.
fn check_frames(path: &Path) -> Result<(), IngestError> {
    let io = |source| IngestError::Io {
        path: path.to_owned(),
        source,
    };
    let malformed = |at: u64, reason: String| IngestError::Malformed {
        path: path.to_owned(),
        format: "OSM PBF",
        place: format!("byte {at}"),
        reason,
    };
    let truncated = |at: u64| IngestError::Truncated {
        path: path.to_owned(),
        place: format!("the blob at byte {at}"),
    };
    let file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    if length == 0 {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    if length > super::PBF_BYTES {
        return Err(IngestError::TooLarge {
            path: path.to_owned(),
            bytes: length,
            limit: super::PBF_BYTES,
        });
    }
    let mut reader = BufReader::new(file);
    let mut at = 0u64;
    let mut first = true;
    while at < length {
        if length - at < 4 {
            return Err(truncated(at));
        }
        let mut size = [0u8; 4];
        reader.read_exact(&mut size).map_err(io)?;
        let header_size = u32::from_be_bytes(size);
        if header_size == 0 || header_size >= HEADER_BYTES {
            let reason =
                format!("a blob header of {header_size} bytes; at most {HEADER_BYTES} are allowed");
            return Err(malformed(at, reason));
        }
        if length - at - 4 < u64::from(header_size) {
            return Err(truncated(at));
        }
        let mut header = vec![0u8; header_size as usize];
        reader.read_exact(&mut header).map_err(io)?;
        let Some((kind, size)) = blob_header(&header) else {
            return Err(malformed(at, "the blob header is not readable".to_owned()));
        };
        if size > BLOB_BYTES {
            let reason =
                format!("a blob that claims {size} bytes; at most {BLOB_BYTES} are allowed");
            return Err(malformed(at, reason));
        }
        if first && kind != b"OSMHeader" {
            return Err(malformed(
                at,
                "the file does not begin with an OSM header".to_owned(),
            ));
        }
        first = false;
        let next = at + 4 + u64::from(header_size) + size;
        if next > length {
            return Err(truncated(at));
        }
        reader.seek(SeekFrom::Start(next)).map_err(io)?;
        at = next;
    }
    Ok(())
}

/// Type and data size of a `BlobHeader` message.
fn blob_header(mut bytes: &[u8]) -> Option<(&[u8], u64)> {
    let (mut kind, mut size) = (None, None);
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        match (key >> 3, key & 7) {
            (3, 0) => size = Some(varint(&mut bytes)?),
            (_, 0) => {
                varint(&mut bytes)?;
            }
            (field, 2) => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (head, rest) = bytes.split_at_checked(length)?;
                if field == 1 {
                    kind = Some(head);
                }
                bytes = rest;
            }
            _ => return None,
        }
    }
    Some((kind?, size?))
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7F) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Decodes the wanted data blobs in batches on all cores and hands the outcomes over in file order.
fn pass<T: Send>(
    path: &Path,
    wanted: impl Fn(usize) -> bool,
    decode: impl Fn(&PrimitiveBlock) -> T + Sync,
    mut take: impl FnMut(T),
) -> Result<(), IngestError> {
    let file = File::open(path).map_err(|source| IngestError::Io {
        path: path.to_owned(),
        source,
    })?;
    let malformed = |place: String, reason: String| IngestError::Malformed {
        path: path.to_owned(),
        format: "OSM PBF",
        place,
        reason,
    };
    let mut reader = BlobReader::new(BufReader::new(file));
    let mut number = 0;
    loop {
        let mut batch: Vec<(usize, Blob)> = Vec::with_capacity(BATCH);
        let mut ended = true;
        for blob in reader.by_ref() {
            let blob = blob.map_err(|e| malformed(format!("blob {number}"), e.to_string()))?;
            number += 1;
            if number == 1 || wanted(number - 2) {
                batch.push((number - 1, blob));
            }
            if batch.len() == BATCH {
                ended = false;
                break;
            }
        }
        let decoded: Vec<Result<Option<T>, (usize, String)>> = batch
            .par_iter()
            .map(|(number, blob)| {
                catch_unwind(AssertUnwindSafe(|| decode_blob(blob, &decode)))
                    .unwrap_or_else(|_| Err("its numbers run over".to_owned()))
                    .map_err(|reason| (*number, reason))
            })
            .collect();
        for outcome in decoded {
            let outcome =
                outcome.map_err(|(number, reason)| malformed(format!("blob {number}"), reason))?;
            outcome.into_iter().for_each(&mut take);
        }
        if ended {
            return Ok(());
        }
    }
}

fn decode_blob<T>(
    blob: &Blob,
    decode: &(impl Fn(&PrimitiveBlock) -> T + Sync),
) -> Result<Option<T>, String> {
    match blob.decode().map_err(|e| e.to_string())? {
        BlobDecode::OsmHeader(header) => {
            let known = ["OsmSchema-V0.6", "DenseNodes"];
            match header
                .required_features()
                .iter()
                .find(|f| !known.contains(&f.as_str()))
            {
                Some(feature) => Err(format!("needs {feature:?}, which is not supported")),
                None => Ok(None),
            }
        }
        BlobDecode::OsmData(block) => Ok(Some(decode(&block))),
        BlobDecode::Unknown(_) => Err("a blob that is neither header nor data".to_owned()),
    }
}

fn relations(block: &PrimitiveBlock) -> (Vec<Relation>, Holds) {
    let mut found = Vec::new();
    let mut holds = Holds::default();
    block.for_each_element(|element| match element {
        Element::Node(_) | Element::DenseNode(_) => holds.nodes = true,
        Element::Way(_) => holds.ways = true,
        Element::Relation(relation) => {
            let tags: Tags = relation.tags().collect();
            if tags::is_multipolygon(&tags) && tags::is_area(&tags) {
                found.push(Relation {
                    id: relation.id(),
                    members: relation
                        .members()
                        .filter(|m| matches!(m.member_type, RelMemberType::Way))
                        .map(|m| Member {
                            way: m.member_id,
                            is_inner: m.role().is_ok_and(|role| role == "inner"),
                        })
                        .collect(),
                    tags,
                });
            }
        }
    });
    (found, holds)
}

fn ways(block: &PrimitiveBlock, members: &HashSet<i64>) -> Vec<Way> {
    let mut found = Vec::new();
    for group in block.groups() {
        for way in group.ways() {
            let tags: Tags = way.tags().collect();
            if (tags::is_wanted(&tags) || members.contains(&way.id()))
                && way.raw_refs().len() <= WAY_NODES
            {
                found.push(Way {
                    id: way.id(),
                    refs: way.refs().collect(),
                    tags,
                });
            }
        }
    }
    found
}

type Positions = Vec<(u32, LngLat)>;

fn nodes(block: &PrimitiveBlock, ids: &[i64]) -> (Positions, Vec<Node>) {
    let mut positions = Vec::new();
    let mut tagged = Vec::new();
    let mut take = |id: i64, lng_nano: i64, lat_nano: i64, tags: Tags| {
        let Some(place) = position(lng_nano, lat_nano) else {
            return;
        };
        if let Ok(at) = ids.binary_search(&id) {
            positions.push((at as u32, place));
        }
        if tags::is_wanted_node(&tags) {
            tagged.push(Node { id, place, tags });
        }
    };
    for group in block.groups() {
        for node in group.nodes() {
            take(
                node.id(),
                node.nano_lon(),
                node.nano_lat(),
                node.tags().collect(),
            );
        }
        for node in group.dense_nodes() {
            take(
                node.id(),
                node.nano_lon(),
                node.nano_lat(),
                node.tags().collect(),
            );
        }
    }
    (positions, tagged)
}

/// From thousand-millionths of a degree; `None` outside the globe.
fn position(lng_nano: i64, lat_nano: i64) -> Option<LngLat> {
    let lng_e7 = i32::try_from(lng_nano / 100).ok()?;
    let lat_e7 = i32::try_from(lat_nano / 100).ok()?;
    let inside = lng_e7.unsigned_abs() <= 1_800_000_000 && lat_e7.unsigned_abs() <= 900_000_000;
    inside.then(|| LngLat::from_e7(lng_e7, lat_e7))
}
