//! Quads for files: does every placed row lie in one of them, and is none too large?

use crate::random_cube;
use geocrm_domain::catalogue::ADDRESSES;

#[test]
fn quads_hold_every_row_once_in_order() {
    let (data, ..) = random_cube(&ADDRESSES, 97, 6_000);
    let unload = data.unload().expect("a cube");
    let rows: Vec<u32> = (0..data.placed() as u32).collect();
    for (most, deepest) in [(100, 24), (100, 6), (1, 30), (10_000, 24)] {
        let quads = unload.quads(&rows, most, deepest);
        let (mut next, mut before) = (0, None);
        for (tile, range) in &quads {
            assert_eq!(range.start, next, "{tile:?}");
            next = range.end;
            assert!(
                range.len() <= most || tile.z == deepest,
                "{tile:?} holds {range:?}"
            );
            let (first, last) = tile.quadkey_range();
            assert!(before < Some(first), "{tile:?} comes before its neighbour");
            before = Some(last);
            for row in range.clone() {
                let key = data.quadkey(row).expect("a place");
                assert!(first <= key && key <= last, "{row} is not in {tile:?}");
            }
            // No wider quad would have done.
            if tile.z > 0 {
                let above = geocrm_domain::TileId {
                    z: tile.z - 1,
                    x: tile.x / 2,
                    y: tile.y / 2,
                };
                let (first, last) = above.quadkey_range();
                let inside = rows.iter().filter(|row| {
                    data.quadkey(**row as usize)
                        .is_some_and(|key| first <= key && key <= last)
                });
                assert!(inside.count() > most, "{tile:?} is too narrow");
            }
        }
        assert_eq!(next, rows.len());
        assert_eq!(quads.len() > 1, most < rows.len());
    }
}
