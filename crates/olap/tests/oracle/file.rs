//! A cube that went through a file answers as before, and a file that is not exactly what was written is refused.

use crate::random::region_tree;
use crate::{build, everything, random_cube};
use geocrm_domain::catalogue::{ACCOUNTS, ADDRESSES, CUBES};
use geocrm_olap::{CubeData, FileError, LiveCube};
use rand::Rng;

fn written(data: &CubeData) -> Vec<u8> {
    let mut bytes = Vec::new();
    data.write(&mut bytes).expect("written");
    bytes
}

fn read(
    cube: &'static geocrm_domain::catalogue::Cube,
    bytes: &[u8],
) -> Result<CubeData, FileError> {
    let length = bytes.len() as u64;
    CubeData::read(cube, &region_tree(), &mut &bytes[..], length)
}

#[test]
fn a_cube_from_a_file_answers_as_before() {
    for (seed, cube) in CUBES.iter().enumerate() {
        let (data, plain, mut random) = random_cube(cube, 50 + seed as u64, 2_500);
        let bytes = written(&data);
        assert_eq!(bytes, written(&data), "the same bytes every time");
        let again = read(cube, &bytes).expect("what was written");
        assert_eq!(again.memory_bytes(), data.memory_bytes());
        for _ in 0..40 {
            let (scope, query) = (random.scope(), random.query());
            let answer = again.query(&scope, &query).expect("valid");
            assert_eq!(answer, plain.query(&scope, &query), "{query:?}");
        }
        // Edits go on from there.
        let keys = random.keys(0..400);
        let batch = random.batch(keys.clone());
        let (a, b) = (data.apply(&keys, batch.clone()), again.apply(&keys, batch));
        let (a, b) = (a.expect("valid"), b.expect("valid"));
        for _ in 0..10 {
            let query = random.query();
            assert_eq!(
                a.query(&everything(), &query),
                b.query(&everything(), &query)
            );
        }
    }
}

#[test]
fn an_empty_cube_and_one_with_edits_go_through_a_file() {
    let (empty, _) = build(&ACCOUNTS, []);
    assert!(read(&ACCOUNTS, &written(&empty)).expect("empty").is_empty());
    let (data, _, mut random) = random_cube(&ACCOUNTS, 60, 900);
    let keys = random.keys(0..50);
    let more = random.keys(800..950);
    let batch = random.batch(more);
    let live = LiveCube::from(data).apply(keys, batch).expect("valid");
    let settled = live.settled().expect("merged");
    let again = LiveCube::from(read(&ACCOUNTS, &written(&settled)).expect("written"));
    assert_eq!(again.len(), live.len());
    for _ in 0..40 {
        let (scope, query) = (random.scope(), random.query());
        assert_eq!(again.query(&scope, &query), live.query(&scope, &query));
    }
}

#[test]
fn a_file_that_was_changed_cut_or_lengthened_is_refused() {
    let (data, _, mut random) = random_cube(&ADDRESSES, 61, 600);
    let bytes = written(&data);
    for _ in 0..2_000 {
        let mut broken = bytes.clone();
        let at = random.rng.random_range(0..broken.len());
        broken[at] ^= 1 << random.rng.random_range(0..8);
        assert!(read(&ADDRESSES, &broken).is_err(), "byte {at}");
    }
    for _ in 0..200 {
        let cut = random.rng.random_range(0..bytes.len());
        assert!(read(&ADDRESSES, &bytes[..cut]).is_err(), "cut at {cut}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(read(&ADDRESSES, &longer).is_err());
    assert!(read(&ADDRESSES, b"").is_err());
    // The file of another cube, which is whole.
    let other = read(&ACCOUNTS, &bytes);
    assert!(
        matches!(other, Err(FileError::OtherDeclaration { .. })),
        "{other:?}"
    );
}
