//! What does a filter in CQL2 JSON (OGC 21-065r2) say to the query engine? An expression with the three values of
//! SQL's logic, so that an unknown stays unknown under NOT; text compares by its bytes, hexagons by the text they
//! are shown as. Read by other code than GeoCRM's own: what both agree on is not one program's mistake.

use crate::folder::{Dimension, Folder, Kind};
use crate::functions::{Edges, h3_parent, h3_text, within};
use crate::geometry::Area;
use anyhow::{Context, bail};
use datafusion::common::ScalarValue;
use datafusion::functions::string::expr_fn::lower;
use datafusion::logical_expr::{Like, Operator, binary_expr};
use datafusion::prelude::{Expr, ident, lit};
use serde_json::Value as Json;

pub struct Filters<'a> {
    folder: &'a Folder,
    properties: Vec<Dimension>,
    edges: Edges,
}

impl<'a> Filters<'a> {
    pub fn of(folder: &'a Folder, edges: Edges) -> Self {
        Self {
            properties: folder.properties(),
            folder,
            edges,
        }
    }

    /// The filter as an expression that is true, false or null.
    pub fn expression(&self, json: &Json) -> anyhow::Result<Expr> {
        if let Some(truth) = json.as_bool() {
            return Ok(lit(truth));
        }
        let op = json["op"].as_str().context("a condition has an `op`")?;
        let args = json["args"].as_array().context("a condition has `args`")?;
        let all = |join: fn(Expr, Expr) -> Expr, none: bool| {
            let parts = args.iter().map(|part| self.expression(part));
            let parts: Vec<Expr> = parts.collect::<Result<_, _>>()?;
            anyhow::Ok(parts.into_iter().reduce(join).unwrap_or(lit(none)))
        };
        Ok(match (op, args.as_slice()) {
            ("and", _) => all(Expr::and, true)?,
            ("or", _) => all(Expr::or, false)?,
            ("not", [inner]) => Expr::Not(Box::new(self.expression(inner)?)),
            ("isNull", [of]) => group(self.property(of)?).is_null(),
            ("between", [of, low, high]) => {
                let property = self.property(of)?;
                let low = compared(property, Operator::GtEq, low)?;
                low.and(compared(property, Operator::LtEq, high)?)
            }
            ("in", [of, list]) => member(self.property(of)?, list)?,
            ("like", [of, pattern]) => {
                let ((of, one), (pattern, other)) = (unfolded(of), unfolded(pattern));
                like(self.property(of)?, pattern, one || other)?
            }
            ("s_intersects" | "s_within", [place, area]) => self.within(place, area)?,
            ("s_disjoint", [place, area]) => Expr::Not(Box::new(self.within(place, area)?)),
            (op, [of, with]) => compared(self.property(of)?, operator(op)?, with)?,
            (op, _) => bail!("{op} is not answered here"),
        })
    }

    fn property(&self, json: &Json) -> anyhow::Result<&Dimension> {
        let name = json["property"]
            .as_str()
            .context("a condition is about a property")?;
        let found = self
            .properties
            .iter()
            .find(|property| property.name == name);
        found.with_context(|| format!("{} has no property {name}", self.folder.cube))
    }

    fn within(&self, place: &Json, area: &Json) -> anyhow::Result<Expr> {
        if place["property"] != "geometry" {
            bail!("the place of a record is called geometry, and comes first");
        }
        Ok(within(&Area::from_json(area)?, self.edges))
    }
}

/// The areas that every record for which the filter is true lies in.
pub fn areas(json: &Json) -> anyhow::Result<Vec<Area>> {
    let args = json["args"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    match (json["op"].as_str(), args) {
        (Some("and"), parts) => {
            let parts = parts.iter().map(areas).collect::<Result<Vec<_>, _>>()?;
            Ok(parts.into_iter().flatten().collect())
        }
        (Some("s_intersects" | "s_within"), [_, area]) => Ok(vec![Area::from_json(area)?]),
        _ => Ok(Vec::new()),
    }
}

/// What records are grouped by: hexagons as their index.
pub fn group(dimension: &Dimension) -> Expr {
    let column = ident(&dimension.column);
    match dimension.h3_resolution {
        Some(resolution) => h3_parent(column, resolution),
        None => column,
    }
}

/// What is compared.
fn side(property: &Dimension) -> Expr {
    if property.kind == Kind::Cell {
        h3_text(group(property))
    } else {
        group(property)
    }
}

fn operator(op: &str) -> anyhow::Result<Operator> {
    Ok(match op {
        "=" => Operator::Eq,
        "<>" => Operator::NotEq,
        "<" => Operator::Lt,
        "<=" => Operator::LtEq,
        ">" => Operator::Gt,
        ">=" => Operator::GtEq,
        other => bail!("{other} is not answered here"),
    })
}

fn unknown() -> Expr {
    lit(ScalarValue::Boolean(None))
}

/// `None` for null.
fn literal(property: &Dimension, json: &Json) -> anyhow::Result<Option<Expr>> {
    if json.is_null() {
        return Ok(None);
    }
    Ok(Some(match property.kind {
        Kind::Int => lit(json.as_i64().context("a whole number is needed")?),
        Kind::Date => {
            let text = json["date"].as_str().or(json.as_str());
            let date: Option<chrono::NaiveDate> = text.and_then(|text| text.parse().ok());
            let date = date.context("a date (YYYY-MM-DD) is needed")?;
            lit(ScalarValue::Date32(Some(date.to_epoch_days())))
        }
        Kind::Text | Kind::Cell => lit(json.as_str().context("text is needed")?),
    }))
}

fn compared(property: &Dimension, op: Operator, json: &Json) -> anyhow::Result<Expr> {
    Ok(match literal(property, json)? {
        Some(value) => binary_expr(side(property), op, value),
        None => unknown(),
    })
}

fn member(property: &Dimension, list: &Json) -> anyhow::Result<Expr> {
    let list = list.as_array().context("`in` takes a list")?;
    if list.is_empty() {
        // Nothing is a member of an empty list, not even perhaps.
        return Ok(lit(false));
    }
    let values = list.iter().map(|item| literal(property, item));
    let values: Vec<Option<Expr>> = values.collect::<Result<_, _>>()?;
    // A null among the members makes "not in the list" unknown.
    let or_unknown = values.iter().any(Option::is_none);
    let values: Vec<Expr> = values.into_iter().flatten().collect();
    Ok(match (values.is_empty(), or_unknown) {
        (true, _) => unknown(),
        (false, false) => side(property).in_list(values, false),
        (false, true) => side(property).in_list(values, false).or(unknown()),
    })
}

/// `casei(x)` is x, folded.
fn unfolded(json: &Json) -> (&Json, bool) {
    if json["op"] == "casei" {
        (&json["args"][0], true)
    } else {
        (json, false)
    }
}

fn like(property: &Dimension, pattern: &Json, fold_case: bool) -> anyhow::Result<Expr> {
    let pattern = pattern.as_str().context("a pattern is text")?;
    if !matches!(property.kind, Kind::Text | Kind::Cell) {
        bail!("{} is no text", property.name);
    }
    // A lone escape at the end stands for itself.
    let escapes = pattern.chars().rev().take_while(|c| *c == '\\').count();
    let pattern = format!("{pattern}{}", if escapes % 2 == 1 { "\\" } else { "" });
    let (text, pattern) = if fold_case {
        (lower(side(property)), pattern.to_lowercase())
    } else {
        (side(property), pattern)
    };
    let (text, pattern) = (Box::new(text), Box::new(lit(pattern)));
    Ok(Expr::Like(Like::new(false, text, pattern, None, false)))
}
