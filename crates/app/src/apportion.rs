//! What would a published figure of regions be in any area? Each region's figure is divided over its dwellings, and
//! those inside the area are taken: an amount in the same part, a level (a mean, a rate) weighted by them. The answer
//! says by which method, how much of the area has a figure, and how much of it had to be estimated.

use crate::App;
use crate::area::Area;
use crate::error::AppError;
use geocrm_domain::catalogue::{ADDRESSES, REGIONS};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{Compare, CubeQuery, Filter, Number, Value, VisibleScope};
use geocrm_olap::LiveCube;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub struct ApportionAsked {
    pub level: RegionLevel,
    pub indicator: String,
    /// The newest published at this level without one.
    pub year: Option<i32>,
    pub area: Area,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Of an amount: the sum of each region's figure times the part of its dwellings inside.
    DwellingShare,
    /// Of a level: the mean of the regions' figures weighted by their dwellings inside.
    DwellingWeightedMean,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Apportioned {
    pub data_version: String,
    pub indicator: String,
    pub unit: String,
    pub level: RegionLevel,
    pub year: i32,
    pub method: Method,
    /// `None` where no region with a figure has dwellings inside.
    pub value: Option<f64>,
    pub dwellings: i64,
    /// Part of the dwellings inside that lie in a region with a figure.
    pub coverage: Option<f64>,
    /// Part of the covered dwellings that lie in regions all of whose dwellings are inside, so that nothing was
    /// estimated for them.
    pub exact: Option<f64>,
    /// Regions with dwellings inside.
    pub regions: usize,
    /// Of these, those whose figure is suppressed or was not published.
    pub without_figure: usize,
}

impl App {
    /// A published figure apportioned to an area by dwellings.
    pub async fn apportion(
        &self,
        scope: &VisibleScope,
        asked: &ApportionAsked,
    ) -> Result<Apportioned, AppError> {
        let infos = self.store.indicator_catalogue().await?;
        let info = infos
            .into_iter()
            .find(|info| info.def.indicator == asked.indicator)
            .ok_or_else(|| AppError::not_found("indicator", &asked.indicator))?;
        let published = info.levels.iter().filter(|l| l.level == asked.level);
        let years: Vec<i32> = published.map(|l| l.year).collect();
        let newest = years.iter().copied().max();
        let Some(year) = asked.year.or(newest).filter(|year| years.contains(year)) else {
            let years: Vec<String> = years.iter().map(i32::to_string).collect();
            let level = asked.level.code();
            let known = years.join(", ");
            return Err(AppError::field(
                "year",
                None,
                format!(
                    "{} is published at level {level} for: {known}",
                    asked.indicator
                ),
            ));
        };
        let snapshot = self.engine.newest();
        let addresses = std::sync::Arc::clone(snapshot.cube(&ADDRESSES));
        let regions = std::sync::Arc::clone(snapshot.cube(&REGIONS));
        let (scope, question) = (scope.clone(), asked.clone());
        let parts = tokio::task::spawn_blocking(move || {
            parts(&scope, &addresses, &regions, &question, year)
        })
        .await
        .map_err(|e| AppError::internal("apportioning", e))??;
        Ok(combine(
            &parts,
            info.def.additive,
            Apportioned {
                data_version: snapshot.version.clone(),
                indicator: info.def.indicator,
                unit: info.def.unit,
                level: asked.level,
                year,
                method: Method::DwellingShare,
                value: None,
                dwellings: 0,
                coverage: None,
                exact: None,
                regions: 0,
                without_figure: 0,
            },
        ))
    }
}

/// One region with dwellings inside the area.
struct Part {
    /// `None` outside every region of the level.
    code: Option<String>,
    inside: i64,
    whole: i64,
    value_e4: Option<i64>,
}

fn parts(
    scope: &VisibleScope,
    addresses: &LiveCube,
    regions: &LiveCube,
    asked: &ApportionAsked,
    year: i32,
) -> Result<Vec<Part>, AppError> {
    let by_region = CubeQuery {
        measures: vec!["dwellings".to_owned()],
        dimensions: vec![asked.level.code().to_owned()],
        ..CubeQuery::default()
    };
    let inside = match asked.area.clone() {
        Area::Drawn(area) => CubeQuery {
            geometry: Some(area),
            ..by_region.clone()
        },
        Area::Set(filter) => CubeQuery {
            filter: Some(filter),
            ..by_region.clone()
        },
    };
    let equals = |property: &str, value: Value| Filter::Compare {
        property: property.to_owned(),
        op: Compare::Equal,
        value,
    };
    let figures = CubeQuery {
        measures: vec!["value_e4".to_owned()],
        dimensions: vec!["code".to_owned()],
        filter: Some(Filter::And(vec![
            equals("level", Value::text(asked.level.code())),
            equals("indicator", Value::text(asked.indicator.as_str())),
            equals("year", Value::Int(year.into())),
        ])),
        ..CubeQuery::default()
    };
    let whole = by_code(addresses, scope, &by_region)?;
    let published = by_code(regions, scope, &figures)?;
    let inside = by_code(addresses, scope, &inside)?;
    let part = |(code, inside): (Option<String>, i64)| Part {
        whole: whole.get(&code).copied().unwrap_or(0),
        value_e4: code.as_ref().and_then(|_| published.get(&code).copied()),
        code,
        inside,
    };
    Ok(inside.into_iter().map(part).collect())
}

/// The one measure of a question by its one dimension, where there is a figure.
fn by_code(
    data: &LiveCube,
    scope: &VisibleScope,
    query: &CubeQuery,
) -> Result<BTreeMap<Option<String>, i64>, AppError> {
    let rows = data.query(scope, query)?.rows.into_iter();
    let pair = |mut row: geocrm_domain::AnswerRow| {
        let code = row.keys.pop()?.as_text().map(str::to_owned);
        match row.values.pop()? {
            Some(Number::Int(figure)) => Some((code, figure)),
            _ => None,
        }
    };
    Ok(rows.filter_map(pair).collect())
}

fn combine(parts: &[Part], additive: bool, empty: Apportioned) -> Apportioned {
    let occupied = || parts.iter().filter(|part| part.inside > 0);
    let with_figure = || occupied().filter_map(|part| Some((part, part.value_e4?)));
    let sum = |parts: &mut dyn Iterator<Item = &Part>| parts.map(|part| part.inside).sum::<i64>();
    let ratio = |a: i64, b: i64| (b > 0).then(|| a as f64 / b as f64);
    let dwellings = sum(&mut occupied());
    let covered = sum(&mut with_figure().map(|(part, _)| part));
    let wholly = sum(&mut with_figure()
        .map(|(part, _)| part)
        .filter(|part| part.inside == part.whole));
    let share = |(part, value_e4): (&Part, i64)| {
        let value = value_e4 as f64 / 1e4;
        if additive {
            value * part.inside as f64 / part.whole as f64
        } else {
            value * part.inside as f64 / covered as f64
        }
    };
    Apportioned {
        method: if additive {
            Method::DwellingShare
        } else {
            Method::DwellingWeightedMean
        },
        value: (covered > 0).then(|| with_figure().map(share).sum()),
        dwellings,
        coverage: ratio(covered, dwellings),
        exact: ratio(wholly, covered),
        regions: occupied().filter(|part| part.code.is_some()).count(),
        without_figure: occupied()
            .filter(|part| part.code.is_some() && part.value_e4.is_none())
            .count(),
        ..empty
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(code: Option<&str>, inside: i64, whole: i64, value: Option<i64>) -> Part {
        Part {
            code: code.map(str::to_owned),
            inside,
            whole,
            value_e4: value.map(|v| v * 10_000),
        }
    }

    fn of(parts: &[Part], additive: bool) -> Apportioned {
        let empty = Apportioned {
            data_version: String::new(),
            indicator: "inhabitants".to_owned(),
            unit: "persons".to_owned(),
            level: RegionLevel::Neighbourhood,
            year: 2024,
            method: Method::DwellingShare,
            value: None,
            dwellings: 0,
            coverage: None,
            exact: None,
            regions: 0,
            without_figure: 0,
        };
        combine(parts, additive, empty)
    }

    #[test]
    fn amounts_are_shared_and_levels_weighted() {
        let parts = [
            part(Some("A"), 10, 10, Some(200)),
            part(Some("B"), 5, 20, Some(400)),
            part(Some("C"), 5, 5, None),
            part(None, 5, 9, None),
        ];
        let amount = of(&parts, true);
        assert_eq!(amount.value, Some(300.0));
        assert_eq!(
            (amount.dwellings, amount.regions, amount.without_figure),
            (25, 3, 1)
        );
        assert_eq!(amount.coverage, Some(0.6));
        assert_eq!(amount.exact, Some(10.0 / 15.0));
        let level = of(&parts, false).value.expect("a mean");
        assert!((level - (200.0 * 10.0 + 400.0 * 5.0) / 15.0).abs() < 1e-9);
        assert_eq!(of(&[], true).value, None);
    }
}
