//! A live cube after edits, with merges begun and ended at any moment, against the oracle and against a cube
//! into which every edit was merged at once.

use crate::plain::{Plain, key_at};
use crate::random::{Random, region_tree};
use crate::{everything, random_cube, random_empty};
use geocrm_domain::batch::Keys;
use geocrm_domain::catalogue::{ACCOUNTS, ADDRESSES};
use geocrm_domain::{CubeQuery, OrderBy, TileId, VisibleScope};
use geocrm_olap::{Cluster, CubeData, LiveCube, Merge};
use rand::Rng;
use rand::seq::IndexedRandom;
use std::collections::BTreeSet;

/// Keys of records that may or may not be there.
fn some_keys(random: &mut Random, most: usize) -> Keys {
    let count = random.rng.random_range(0..=most);
    let ids: BTreeSet<u64> = (0..count)
        .map(|_| random.rng.random_range(0..4_500))
        .collect();
    random.keys(ids.into_iter())
}

fn clusters_say(clusters: &[Cluster]) -> Vec<String> {
    let say = |c: &Cluster| {
        format!(
            "{:?} {} {:?} {:?} {:?}",
            c.cell,
            c.count,
            c.values,
            c.at(),
            c.only
        )
    };
    clusters.iter().map(say).collect()
}

/// Figures as columns are those of an answer's rows.
fn check_keyed(live: &LiveCube, scope: &VisibleScope, query: &CubeQuery, random: &mut Random) {
    let cube = live.cube();
    let dimension = cube.dimensions.choose(&mut random.rng).expect("some");
    let mut asked = CubeQuery {
        measures: query.measures.clone(),
        dimensions: vec![dimension.name.to_owned()],
        filter: query.filter.clone(),
        geometry: query.geometry.clone(),
        ..CubeQuery::default()
    };
    asked.measures.retain(|name| cube.measure(name).is_some());
    asked.measures.push("count".to_owned());
    let answer = live.query(scope, &asked).expect("valid");
    let keyed = live.query_keyed(scope, &asked).expect("valid");
    assert_eq!(keyed.len(), answer.rows.len());
    for (at, row) in answer.rows.iter().enumerate() {
        assert_eq!(keyed.key(at), row.keys[0], "{asked:?}");
        assert_eq!(keyed.figures(at), &row.values[..], "{asked:?}");
        let text = row.keys[0].as_text();
        if dimension.name.starts_with("h3_") {
            let cell = text.and_then(|text| u64::from_str_radix(text, 16).ok());
            assert_eq!(keyed.cell(at), cell, "{asked:?}");
        } else {
            assert_eq!(keyed.text(at), text, "{asked:?}");
        }
    }
}

fn check(live: &LiveCube, whole: &CubeData, plain: &Plain, random: &mut Random) {
    let cube = live.cube();
    assert_eq!(live.len(), plain.records.len());
    for _ in 0..6 {
        let (scope, query) = (random.scope(), random.query());
        let answer = live.query(&scope, &query).expect("valid");
        assert_eq!(answer, plain.query(&scope, &query), "{query:?}");
        check_keyed(live, &scope, &query, random);
        check_keyed(&LiveCube::from(whole.clone()), &scope, &query, random);
        let (filter, geometry) = (query.filter.as_ref(), query.geometry.as_ref());
        let mut order: Vec<OrderBy> = query.order;
        order.retain(|by| cube.property_type(&by.name).is_some());
        let selection = live.select(&scope, filter, geometry).expect("valid");
        let expected = plain.select(&scope, filter, geometry, &order);
        assert_eq!(selection.len(), expected.len());
        let fresh = whole.select(&scope, filter, geometry).expect("valid");
        assert_eq!(selection.without_place(), fresh.without_place());
        assert_eq!(selection.bbox(), fresh.bbox());
        let offset = random.rng.random_range(0..=expected.len() + 2);
        let limit = random.rng.random_range(0..300);
        for (offset, limit) in [(0, usize::MAX), (offset, limit), (offset / 2, 10)] {
            let keys = selection.keys(&order, offset, limit).expect("known names");
            let got: Vec<_> = (0..keys.len()).map(|row| key_at(&keys, row)).collect();
            let page: Vec<_> = expected.iter().skip(offset).take(limit).copied().collect();
            assert_eq!(got, page, "{order:?} {offset} {limit}");
        }
        let place = random.place();
        let mut near: Vec<_> = expected
            .iter()
            .filter_map(|key| Some((plain.records[key].place?.haversine_m(place), *key)))
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        let nearest = selection.nearest(place, 7);
        let got: Vec<_> = (0..nearest.len())
            .map(|row| key_at(&nearest, row))
            .collect();
        let wanted: Vec<_> = near.iter().take(7).map(|(_, key)| *key).collect();
        assert_eq!(got, wanted);
        let tile: TileId = place.quadkey().tile(random.rng.random_range(0..14));
        let keys = live
            .tile_keys(&scope, filter, geometry, tile)
            .expect("valid");
        let points = whole
            .tile_points(&scope, filter, geometry, tile, 0.0, &[])
            .expect("valid");
        assert_eq!(keys, points.iter().map(|p| p.key()).collect::<Vec<_>>());
        let measures: Vec<String> = cube.measures.iter().map(|m| m.name.to_owned()).collect();
        let measures = &measures[..measures.len().min(16)];
        let clusters = live.tile_clusters(&scope, filter, geometry, tile, 8, measures);
        let expected = whole.tile_clusters(&scope, filter, geometry, tile, 8, measures);
        assert_eq!(
            clusters_say(&clusters.expect("valid")),
            clusters_say(&expected.expect("valid"))
        );
    }
    let dimension = cube.dimensions[random.rng.random_range(0..cube.dimensions.len())].name;
    assert_eq!(
        live.dimension_members(&everything(), dimension),
        whole.dimension_members(&everything(), dimension)
    );
}

#[test]
fn a_live_cube_answers_as_one_built_afresh_whenever_merges_end() {
    for (cube, seed) in [(&ACCOUNTS, 31), (&ADDRESSES, 32)] {
        let (mut whole, mut plain, mut random) = random_cube(cube, seed, 3_000);
        let tree = region_tree();
        let mut live = LiveCube::from(whole.clone());
        let mut running: Option<Merge> = None;
        let mut merges = 0;
        for round in 0..40 {
            let most = [3, 40, 400][round % 3];
            let (removed, keys) = (some_keys(&mut random, most), some_keys(&mut random, most));
            let upserts = random.batch(keys);
            plain.remove(&removed);
            plain.upsert(&upserts, &tree);
            whole = whole.apply(&removed, upserts.clone()).expect("valid");
            live = live.apply(removed, upserts).expect("valid");
            match random.rng.random_range(0..4) {
                0 if running.is_none() => {
                    let (remembering, merge) = live.begin_merge();
                    (live, running) = (remembering, Some(merge));
                }
                1 => {
                    if let Some(merge) = running.take() {
                        live = live.end_merge(merge.run().expect("valid")).expect("valid");
                        merges += 1;
                    }
                }
                _ => {}
            }
            check(&live, &whole, &plain, &mut random);
        }
        assert!(merges > 2, "{merges} merges");
    }
}

#[test]
fn a_merge_of_a_cube_that_was_replaced_changes_nothing() {
    let (data, _, mut random) = random_cube(&ACCOUNTS, 33, 500);
    let (live, merge) = LiveCube::from(data).begin_merge();
    let keys = random.keys(0..20);
    let upserts = random.batch(random_empty(&keys));
    let replaced = LiveCube::from(random_cube(&ACCOUNTS, 34, 70).0);
    assert_eq!(live.apply(keys, upserts).expect("valid").len(), 480);
    let kept = replaced.end_merge(merge.run().expect("valid"));
    assert_eq!(kept.expect("valid").len(), 70);
}
