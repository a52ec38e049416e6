//! A cube query in SQL: the oracle that the engine is held to. It shares with the engine nothing but the query
//! type and the catalogue. Names reach SQL only as the catalogue's own static strings, values only as binds.

use crate::error::CUBE_QUERY;
use crate::geometry::polygon_to_e7_wkb;
use crate::scope::push_cube_scope;
use crate::{Doing, ReadView, Result, Store, StoreError};
use futures::TryStreamExt;
use geocrm_domain::catalogue::{Aggregate, ColumnType, Cube, Dimension, Measure};
use geocrm_domain::{
    Answer, AnswerRow, Compare, CubeQuery, Filter, MultiPolygon, Number, Value, VisibleScope,
    limits,
};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

type Sql = QueryBuilder<Postgres>;

/// A query whose names are known to the catalogue.
struct Bound<'q> {
    cube: &'static Cube,
    dimensions: Vec<(&'static Dimension, ColumnType)>,
    measures: Vec<&'static Measure>,
    query: &'q CubeQuery,
    scope: &'q VisibleScope,
}

impl Store {
    /// Answers by SQL, at one instant.
    pub async fn query_cube(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        query: &CubeQuery,
    ) -> Result<Answer> {
        self.read_view().await?.query_cube(scope, cube, query).await
    }
}

impl ReadView {
    /// Answers by SQL at the instant of this view.
    pub async fn query_cube(
        &mut self,
        scope: &VisibleScope,
        cube: &'static Cube,
        query: &CubeQuery,
    ) -> Result<Answer> {
        let bound = Bound::new(scope, cube, query)?;
        let mut totals = bound.totals()?;
        let totals: PgRow = totals
            .build()
            .fetch_one(&mut *self.tx)
            .await
            .doing(CUBE_QUERY)?;
        let (matched, without_place): (i64, i64) = (
            totals.try_get("matched").doing(CUBE_QUERY)?,
            totals.try_get("without_place").doing(CUBE_QUERY)?,
        );
        let mut sql = bound.grouped()?;
        let mut found = sql.build().fetch(&mut *self.tx);
        let limit = query.limit.unwrap_or(usize::MAX);
        let (mut rows, mut groups) = (Vec::new(), 0);
        while let Some(row) = found.try_next().await.doing(CUBE_QUERY)? {
            groups += 1;
            if rows.len() < limit {
                rows.push(bound.read(&row).doing(CUBE_QUERY)?);
            }
            if rows.len() > limits::ANSWER_GROUPS {
                return Err(StoreError::TooMany {
                    what: "groups of the answer",
                    given: rows.len(),
                    limit: limits::ANSWER_GROUPS,
                });
            }
        }
        Ok(Answer {
            rows,
            matched: matched as u64,
            without_place: without_place as u64,
            groups,
        })
    }
}

fn at_most(what: &'static str, given: usize, limit: usize) -> Result<()> {
    if given > limit {
        return Err(StoreError::TooMany { what, given, limit });
    }
    Ok(())
}

impl<'q> Bound<'q> {
    fn new(scope: &'q VisibleScope, cube: &'static Cube, query: &'q CubeQuery) -> Result<Self> {
        at_most(
            "dimensions",
            query.dimensions.len(),
            limits::QUERY_DIMENSIONS,
        )?;
        at_most("measures", query.measures.len(), limits::QUERY_MEASURES)?;
        if let Some(filter) = &query.filter {
            at_most(
                "conditions of the filter",
                filter.node_count(),
                limits::FILTER_NODES,
            )?;
        }
        if let Some(geometry) = &query.geometry {
            at_most(
                "vertices of the area",
                geometry.vertex_count(),
                limits::POLYGON_VERTICES,
            )?;
        }
        let unknown = |what, name: &String, known: Vec<&'static str>| StoreError::UnknownName {
            cube: cube.name,
            what,
            name: name.clone(),
            known,
        };
        let dimensions = query.dimensions.iter().map(|name| {
            cube.dimension(name)
                .and_then(|d| Some((d, cube.property_type(name)?)))
                .ok_or_else(|| {
                    unknown(
                        "dimension",
                        name,
                        cube.dimensions.iter().map(|d| d.name).collect(),
                    )
                })
        });
        let measures = query.measures.iter().map(|name| {
            cube.measure(name).ok_or_else(|| {
                unknown(
                    "measure",
                    name,
                    cube.measures.iter().map(|m| m.name).collect(),
                )
            })
        });
        let bound = Self {
            cube,
            dimensions: dimensions.collect::<Result<_>>()?,
            measures: measures.collect::<Result<_>>()?,
            query,
            scope,
        };
        for order in &query.order {
            if !bound.order_names().any(|known| known == order.name) {
                return Err(unknown("order", &order.name, bound.order_names().collect()));
            }
        }
        Ok(bound)
    }

    fn order_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        let dimensions = self.dimensions.iter().map(|(d, _)| d.name);
        dimensions.chain(self.measures.iter().map(|m| m.name))
    }

    /// `FROM … WHERE` scope and filter.
    fn push_from(&self, sql: &mut Sql) -> Result<()> {
        sql.push(" FROM cube_")
            .push(self.cube.name)
            .push(" WHERE (");
        push_cube_scope(sql, self.scope, self.cube);
        sql.push(")");
        if let Some(filter) = &self.query.filter {
            sql.push(" AND ");
            self.push_filter(sql, filter)?;
        }
        Ok(())
    }

    fn totals(&self) -> Result<Sql> {
        let mut sql = Sql::new("SELECT count(*) FILTER (WHERE ");
        match &self.query.geometry {
            None => {
                sql.push("true");
            }
            Some(area) => push_within(&mut sql, area)?,
        }
        sql.push(") AS matched, count(*) FILTER (WHERE lng_e7 IS NULL) AS without_place");
        self.push_from(&mut sql)?;
        Ok(sql)
    }

    fn grouped(&self) -> Result<Sql> {
        let mut sql = Sql::new("SELECT count(*) AS one");
        for (i, (dimension, kind)) in self.dimensions.iter().enumerate() {
            sql.push(", ");
            push_property(&mut sql, dimension.name, *kind);
            sql.push(" AS d").push(i);
        }
        for (i, measure) in self.measures.iter().enumerate() {
            push_measure(&mut sql, i, measure);
        }
        self.push_from(&mut sql)?;
        if let Some(area) = &self.query.geometry {
            sql.push(" AND ");
            push_within(&mut sql, area)?;
        }
        if !self.dimensions.is_empty() {
            sql.push(" GROUP BY ");
            for i in 0..self.dimensions.len() {
                // Position in the select list, after `one`.
                sql.push(if i == 0 { "" } else { ", " }).push(i + 2);
            }
        }
        self.push_order(&mut sql);
        Ok(sql)
    }

    fn push_order(&self, sql: &mut Sql) {
        let mut first = true;
        let mut term = |sql: &mut Sql, expression: String, descending: bool| {
            sql.push(if first { " ORDER BY " } else { ", " });
            sql.push(expression);
            sql.push(if descending {
                " DESC NULLS LAST"
            } else {
                " ASC NULLS FIRST"
            });
            first = false;
        };
        for order in &self.query.order {
            let dimension = self
                .dimensions
                .iter()
                .position(|(d, _)| d.name == order.name);
            let measure = self.measures.iter().position(|m| m.name == order.name);
            if let Some(i) = dimension {
                term(sql, self.dimension_expression(i), order.descending);
            } else if let Some(i) = measure {
                term(sql, measure_order(self.measures[i]), order.descending);
            }
        }
        for i in 0..self.dimensions.len() {
            term(sql, self.dimension_expression(i), false);
        }
    }

    fn dimension_expression(&self, i: usize) -> String {
        let (dimension, kind) = self.dimensions[i];
        property_expression(dimension.name, kind)
    }

    fn read(&self, row: &PgRow) -> Result<AnswerRow, sqlx::Error> {
        let mut keys = Vec::with_capacity(self.dimensions.len());
        for (i, (_, kind)) in self.dimensions.iter().enumerate() {
            let column = i + 1;
            keys.push(match kind {
                ColumnType::Int => Value::from(row.try_get::<Option<i64>, _>(column)?),
                ColumnType::Date => {
                    Value::from(row.try_get::<Option<chrono::NaiveDate>, _>(column)?)
                }
                _ => Value::from(row.try_get::<Option<String>, _>(column)?),
            });
        }
        let mut values = Vec::with_capacity(self.measures.len());
        for (i, measure) in self.measures.iter().enumerate() {
            let main: Option<i64> = row.try_get(format!("m{i}").as_str())?;
            values.push(match measure.aggregate {
                Aggregate::Mean => {
                    let count: i64 = row.try_get(format!("n{i}").as_str())?;
                    main.map(|sum| Number::Ratio { sum, count })
                }
                _ => main.map(Number::Int),
            });
        }
        Ok(AnswerRow { keys, values })
    }

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

    fn push_filter(&self, sql: &mut Sql, filter: &Filter) -> Result<()> {
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
            Filter::IsNull { property } => {
                let (name, _) = self.property(property)?;
                sql.push("(\"").push(name).push("\" IS NULL)");
                Ok(())
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

fn property_expression(name: &'static str, kind: ColumnType) -> String {
    match kind {
        ColumnType::Int => format!("\"{name}\"::bigint"),
        ColumnType::Date => format!("\"{name}\""),
        _ => format!("\"{name}\" COLLATE \"C\""),
    }
}

fn push_property(sql: &mut Sql, name: &'static str, kind: ColumnType) {
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
            sql.push_bind(text.clone())
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
                Value::Text(text) => Ok(Some(text.clone())),
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
        // Unicode's own lower case, whatever the locale of the database.
        sql.push("(lower(\"")
            .push(name)
            .push("\" COLLATE \"und-x-icu\") COLLATE \"C\" LIKE ");
    } else {
        sql.push("(\"").push(name).push("\" COLLATE \"C\" LIKE ");
    }
    sql.push_bind(pattern).push(" ESCAPE '\\')");
    Ok(())
}

/// True, false, or unknown without a place. Each polygon is tested by itself: overlapping ones are a union.
fn push_within(sql: &mut Sql, area: &MultiPolygon) -> Result<()> {
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
        sql.push(" AND ST_Intersects(ST_GeomFromWKB(")
            .push_bind(wkb);
        sql.push("), ST_MakePoint(lng_e7, lat_e7)))");
    }
    sql.push(") END)");
    Ok(())
}

fn push_measure(sql: &mut Sql, i: usize, measure: &Measure) {
    let column = measure.column;
    match measure.aggregate {
        Aggregate::Count => sql.push(", count(*)"),
        Aggregate::Sum | Aggregate::Mean => {
            sql.push(format!(", sum(\"{column}\"::bigint)::bigint"))
        }
        Aggregate::Min => sql.push(format!(", min(\"{column}\"::bigint)")),
        Aggregate::Max => sql.push(format!(", max(\"{column}\"::bigint)")),
    };
    sql.push(" AS m").push(i);
    if measure.aggregate == Aggregate::Mean {
        sql.push(format!(", count(\"{column}\") AS n{i}"));
    }
}

/// What a measure is ordered by. Means are divided to thirty decimals: two different ratios of counts up to
/// 1e15 differ earlier.
fn measure_order(measure: &Measure) -> String {
    let column = measure.column;
    match measure.aggregate {
        Aggregate::Count => "count(*)".to_owned(),
        Aggregate::Sum => format!("sum(\"{column}\"::bigint)"),
        Aggregate::Min => format!("min(\"{column}\"::bigint)"),
        Aggregate::Max => format!("max(\"{column}\"::bigint)"),
        Aggregate::Mean => {
            format!("sum(\"{column}\"::bigint)::numeric(60, 30) / nullif(count(\"{column}\"), 0)")
        }
    }
}
