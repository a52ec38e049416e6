//! What is asked? The body of `POST /api/v1/cubes/{cube}/query`, bound to the columns of a folder. Filters are CQL2
//! JSON, the form the API itself gives a filter that it stores; text has to be brought into it there.

use crate::cover::Cover;
use crate::cql2::{Filters, areas};
use crate::folder::{Dimension, Folder, Measure};
use crate::functions::{Edges, within};
use crate::geometry::{Area, Bounds, LngLat};
use anyhow::{Context, bail};
use datafusion::prelude::Expr;
use serde_json::Value as Json;

const KNOWN: [&str; 7] = [
    "measures",
    "dimensions",
    "filter",
    "geometry",
    "bbox",
    "order",
    "limit",
];

pub struct Question {
    pub measures: Vec<Measure>,
    pub dimensions: Vec<Dimension>,
    pub filter: Option<Expr>,
    /// Areas beside the filter, all of which must hold.
    pub areas: Vec<Expr>,
    /// Where every record of the answer is.
    pub covers: Vec<Cover>,
    pub order: Vec<Order>,
    pub limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub by: By,
    pub descending: bool,
}

/// Number of a dimension or measure of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Dimension(usize),
    Measure(usize),
}

impl Question {
    pub fn new(folder: &Folder, json: &Json, edges: Edges) -> anyhow::Result<Self> {
        let body = json.as_object().context("a question is a JSON object")?;
        if let Some(other) = body.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            bail!(
                "{other} is not answered here; there are {}",
                KNOWN.join(", ")
            );
        }
        let present = |key: &str| body.get(key).filter(|value| !value.is_null());
        let measures = names(present("measures"))?;
        let dimensions = names(present("dimensions"))?;
        let order = list(present("order"))?.iter();
        let order = order.map(|json| order_of(json, &dimensions, &measures));
        if present("geometry").is_some() && present("bbox").is_some() {
            // Which of the two a record without a place may miss is for the API to say.
            bail!("one area, geometry or bbox, is answered here");
        }
        let mut areas_beside = Vec::new();
        areas_beside.extend(present("geometry").map(Area::from_json).transpose()?);
        areas_beside.extend(present("bbox").map(bounds).transpose()?.map(|b| b.area()));
        let filter = present("filter");
        let mut covers: Vec<Cover> = areas_beside.iter().map(Cover::of).collect();
        for area in filter.map(areas).transpose()?.unwrap_or_default() {
            covers.push(Cover::of(&area));
        }
        let filters = Filters::of(folder, edges);
        let limit = present("limit").map(|limit| limit.as_u64().context("limit is a whole number"));
        let known_measures = measures.iter().map(|name| folder.measure(name).cloned());
        let known_dimensions = dimensions
            .iter()
            .map(|name| folder.dimension(name).cloned());
        Ok(Self {
            measures: known_measures.collect::<Result<_, _>>()?,
            dimensions: known_dimensions.collect::<Result<_, _>>()?,
            filter: filter.map(|json| filters.expression(json)).transpose()?,
            areas: areas_beside
                .iter()
                .map(|area| within(area, edges))
                .collect(),
            covers,
            order: order.collect::<Result<_, _>>()?,
            limit: limit.transpose()?.map(|limit| limit as usize),
        })
    }
}

fn list(json: Option<&Json>) -> anyhow::Result<&[Json]> {
    let Some(json) = json else { return Ok(&[]) };
    Ok(json.as_array().context("a list is needed")?.as_slice())
}

fn names(json: Option<&Json>) -> anyhow::Result<Vec<String>> {
    let name = |item: &Json| item.as_str().map(str::to_owned).context("a name is text");
    list(json)?.iter().map(name).collect()
}

fn order_of(json: &Json, dimensions: &[String], measures: &[String]) -> anyhow::Result<Order> {
    let name = json["by"].as_str().context("an order needs `by`")?;
    let at = |names: &[String]| names.iter().position(|known| known == name);
    let by = at(dimensions).map(By::Dimension);
    let by = by.or_else(|| at(measures).map(By::Measure));
    Ok(Order {
        by: by.with_context(|| format!("{name} is ordered by but not asked for"))?,
        descending: json["descending"].as_bool().unwrap_or(false),
    })
}

fn bounds(json: &Json) -> anyhow::Result<Bounds> {
    let sides = json
        .as_array()
        .map(|sides| sides.iter().filter_map(Json::as_f64));
    let sides: Vec<f64> = sides.context("bbox is a list")?.collect();
    let [west, south, east, north] = sides[..] else {
        bail!("bbox is west, south, east, north in degrees");
    };
    let at = |lng, lat| LngLat::from_degrees(lng, lat).context("bbox lies outside the globe");
    Ok(Bounds {
        min: at(west, south)?,
        max: at(east, north)?,
    })
}
