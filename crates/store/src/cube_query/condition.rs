//! How is a filter said in SQL? With the three values of its logic, so that an unknown stays unknown under NOT;
//! text compares by its bytes, whatever the locale of the database.

use super::distance::push_near;
use super::{Bound, Sql, at_most};
use crate::error::CUBE_QUERY;
use crate::geometry::polygon_to_e7_wkb;
use crate::{Doing, Result, StoreError};
use geocrm_domain::catalogue::ColumnType;
use geocrm_domain::filter::PLACE;
use geocrm_domain::{Compare, Filter, Geometry, MultiPolygon, Value, limits};

impl Bound<'_> {
    fn property(&self, name: &str) -> Result<(&'static str, ColumnType)> {
        let cube = self.cube;
        let known = || {
            let columns = cube.columns.iter().map(|c| c.name);
            let mut names: Vec<_> = cube
                .dimensions
                .iter()
                .map(|d| d.name)
                .chain(columns)
                .collect();
            names.retain(|n| cube.property_type(n).is_some());
            names.sort_unstable();
            names.dedup();
            names
        };
        // The static name of the catalogue goes into the statement, never the one that was asked.
        let fixed = cube
            .dimension(name)
            .map(|d| d.name)
            .or(cube.column(name).map(|c| c.name));
        fixed
            .zip(cube.property_type(name))
            .ok_or_else(|| StoreError::UnknownName {
                cube: cube.name,
                what: "property",
                name: name.to_owned(),
                known: known(),
            })
    }

    pub(super) fn push_filter(&self, sql: &mut Sql, filter: &Filter) -> Result<()> {
        match filter {
            Filter::And(parts) => self.push_all(sql, parts, " AND ", "true"),
            Filter::Or(parts) => self.push_all(sql, parts, " OR ", "false"),
            Filter::Not(inner) => {
                sql.push("(NOT ");
                self.push_filter(sql, inner)?;
                sql.push(")");
                Ok(())
            }
            Filter::Compare {
                property,
                op,
                value,
            } => {
                let (name, kind) = self.property(property)?;
                sql.push("(");
                push_comparison(sql, name, kind, operator(*op), value)?;
                sql.push(")");
                Ok(())
            }
            Filter::Between {
                property,
                low,
                high,
            } => {
                let (name, kind) = self.property(property)?;
                sql.push("(");
                push_comparison(sql, name, kind, ">=", low)?;
                sql.push(" AND ");
                push_comparison(sql, name, kind, "<=", high)?;
                sql.push(")");
                Ok(())
            }
            Filter::In { property, values } => {
                let (name, kind) = self.property(property)?;
                at_most("members of an IN list", values.len(), limits::IN_LIST)?;
                push_membership(sql, name, kind, values)
            }
            Filter::Like {
                property,
                pattern,
                fold_case,
            } => {
                let (name, kind) = self.property(property)?;
                push_like(sql, name, kind, pattern, *fold_case)
            }
            Filter::IsNull { property } if property == PLACE => {
                sql.push("(lng_e7 IS NULL)");
                Ok(())
            }
            Filter::IsNull { property } => {
                let (name, _) = self.property(property)?;
                sql.push("(\"").push(name).push("\" IS NULL)");
                Ok(())
            }
            Filter::Folded {
                property,
                op,
                value,
            } => {
                let (name, kind) = self.property(property)?;
                if kind != ColumnType::Text {
                    return Err(mismatch(name, kind, &Value::text(value)));
                }
                sql.push("(");
                push_lower(sql, name);
                sql.push(" ").push(operator(*op)).push(" ");
                sql.push_bind(value.to_lowercase()).push(")");
                Ok(())
            }
            Filter::Near {
                around,
                low_m,
                high_m,
            } => {
                at_most(
                    "vertices of the shapes that distances are measured from",
                    around.iter().map(Geometry::vertex_count).sum(),
                    limits::NEAR_VERTICES,
                )?;
                push_near(sql, around, *low_m, *high_m)
            }
            Filter::Within(area) => {
                at_most(
                    "vertices of an area",
                    area.vertex_count(),
                    limits::POLYGON_VERTICES,
                )?;
                push_within(sql, area)
            }
        }
    }

    fn push_all(
        &self,
        sql: &mut Sql,
        parts: &[Filter],
        between: &'static str,
        of_none: &'static str,
    ) -> Result<()> {
        sql.push("(");
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                sql.push(between);
            }
            self.push_filter(sql, part)?;
        }
        if parts.is_empty() {
            sql.push(of_none);
        }
        sql.push(")");
        Ok(())
    }
}

const fn operator(op: Compare) -> &'static str {
    match op {
        Compare::Equal => "=",
        Compare::NotEqual => "<>",
        Compare::Less => "<",
        Compare::LessOrEqual => "<=",
        Compare::Greater => ">",
        Compare::GreaterOrEqual => ">=",
    }
}

pub(super) fn property_expression(name: &'static str, kind: ColumnType) -> String {
    match kind {
        ColumnType::Int => format!("\"{name}\"::bigint"),
        ColumnType::Date => format!("\"{name}\""),
        _ => format!("\"{name}\" COLLATE \"C\""),
    }
}

pub(super) fn push_property(sql: &mut Sql, name: &'static str, kind: ColumnType) {
    sql.push(property_expression(name, kind));
}

const fn kind_text(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Int => "whole numbers",
        ColumnType::Date => "dates",
        _ => "text",
    }
}

fn mismatch(name: &'static str, kind: ColumnType, value: &Value) -> StoreError {
    StoreError::TypeMismatch {
        property: name.to_owned(),
        expected: kind_text(kind),
        given: match value {
            Value::Null => "null",
            Value::Int(_) => "a whole number",
            Value::Date(_) => "a date",
            Value::Text(_) => "text",
        },
    }
}

fn push_comparison(
    sql: &mut Sql,
    name: &'static str,
    kind: ColumnType,
    op: &'static str,
    value: &Value,
) -> Result<()> {
    if value.is_null() {
        // Unknown for every row.
        sql.push("NULL::boolean");
        return Ok(());
    }
    push_property(sql, name, kind);
    sql.push(" ").push(op).push(" ");
    match (kind, value) {
        (ColumnType::Int, Value::Int(int)) => sql.push_bind(*int),
        (ColumnType::Date, Value::Date(date)) => sql.push_bind(*date),
        (ColumnType::Text | ColumnType::H3 | ColumnType::Leaf(_), Value::Text(text)) => {
            sql.push_bind(text.to_string())
        }
        _ => return Err(mismatch(name, kind, value)),
    };
    Ok(())
}

fn push_membership(
    sql: &mut Sql,
    name: &'static str,
    kind: ColumnType,
    values: &[Value],
) -> Result<()> {
    sql.push("(");
    push_property(sql, name, kind);
    sql.push(" = ANY(");
    // A null among the members makes "not in the list" unknown, as SQL's IN has it.
    match kind {
        ColumnType::Int => {
            let members = values.iter().map(|v| match v {
                Value::Null => Ok(None),
                Value::Int(int) => Ok(Some(*int)),
                other => Err(mismatch(name, kind, other)),
            });
            sql.push_bind(members.collect::<Result<Vec<Option<i64>>>>()?);
        }
        ColumnType::Date => {
            let members = values.iter().map(|v| match v {
                Value::Null => Ok(None),
                Value::Date(date) => Ok(Some(*date)),
                other => Err(mismatch(name, kind, other)),
            });
            sql.push_bind(members.collect::<Result<Vec<Option<chrono::NaiveDate>>>>()?);
        }
        _ => {
            let members = values.iter().map(|v| match v {
                Value::Null => Ok(None),
                Value::Text(text) => Ok(Some(text.to_string())),
                other => Err(mismatch(name, kind, other)),
            });
            sql.push_bind(members.collect::<Result<Vec<Option<String>>>>()?);
        }
    }
    sql.push("))");
    Ok(())
}

fn push_like(
    sql: &mut Sql,
    name: &'static str,
    kind: ColumnType,
    pattern: &str,
    fold_case: bool,
) -> Result<()> {
    if matches!(kind, ColumnType::Int | ColumnType::Date) {
        return Err(mismatch(name, kind, &Value::text(pattern)));
    }
    let mut pattern = if fold_case {
        pattern.to_lowercase()
    } else {
        pattern.to_owned()
    };
    // A lone escape at the end stands for itself; PostgreSQL would refuse it.
    let escapes = pattern.chars().rev().take_while(|c| *c == '\\').count();
    if escapes % 2 == 1 {
        pattern.push('\\');
    }
    if fold_case {
        sql.push("(");
        push_lower(sql, name);
        sql.push(" LIKE ");
    } else {
        sql.push("(\"").push(name).push("\" COLLATE \"C\" LIKE ");
    }
    sql.push_bind(pattern).push(" ESCAPE '\\')");
    Ok(())
}

/// Unicode's own lower case, whatever the locale of the database.
fn push_lower(sql: &mut Sql, name: &'static str) {
    sql.push("lower(\"")
        .push(name)
        .push("\" COLLATE \"und-x-icu\") COLLATE \"C\"");
}

/// True, false, or unknown without a place. Each polygon is tested by itself: overlapping ones are a union.
pub(super) fn push_within(sql: &mut Sql, area: &MultiPolygon) -> Result<()> {
    sql.push("(CASE WHEN lng_e7 IS NULL THEN NULL::boolean ELSE (false");
    for polygon in &area.0 {
        let Some(bbox) = polygon.bbox() else {
            continue;
        };
        let wkb = polygon_to_e7_wkb(polygon)
            .map_err(|e| sqlx::Error::Encode(e.into()))
            .doing(CUBE_QUERY)?;
        sql.push(" OR (lng_e7 BETWEEN ").push_bind(bbox.min.lng_e7);
        sql.push(" AND ").push_bind(bbox.max.lng_e7);
        sql.push(" AND lat_e7 BETWEEN ").push_bind(bbox.min.lat_e7);
        sql.push(" AND ").push_bind(bbox.max.lat_e7);
        if bbox.min == bbox.max {
            // A point, which is no polygon to PostGIS.
            sql.push(")");
            continue;
        }
        sql.push(" AND ST_Intersects(ST_GeomFromWKB(")
            .push_bind(wkb);
        sql.push("), ST_MakePoint(lng_e7, lat_e7)))");
    }
    sql.push(") END)");
    Ok(())
}
