//! A cube query in SQL: the oracle that the engine is held to. It shares with the engine nothing but the query
//! type and the catalogue. Names reach SQL only as the catalogue's own static strings, values only as binds.

mod condition;
mod defined;
mod distance;
mod dwellings;
mod figure;
mod measure;
mod pivot;

use crate::error::CUBE_QUERY;
use crate::scope::push_cube_scope;
use crate::{Doing, ReadView, Result, Store, StoreError};
use condition::{property_expression, push_property, push_within};
use distance::push_near;
use futures::TryStreamExt;
use geocrm_domain::catalogue::{
    Aggregate, ColumnType, Cube, Dimension, Labels, Measure, OfPersons, Source,
};
use geocrm_domain::query::DISTANCE_BAND;
use geocrm_domain::{
    Answer, AnswerRow, CubeQuery, Number, PersonsTold, Value, VisibleScope, limits,
};
use measure::{measure_order, push_measure};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

type Sql = QueryBuilder<Postgres>;

/// Stands for the dimension of distance bands, which no view has.
static BAND: Dimension = Dimension {
    name: DISTANCE_BAND,
    labels: Labels { en: "", nl: "" },
    source: Source::Own,
    persons: OfPersons::Nothing,
};

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
        let mut sql = if query.defined.is_empty() && query.bands.is_none() {
            bound.grouped()?
        } else {
            let groups = bound.all_groups();
            bound.grouped_with_defined(&groups, &bound.order_terms(&groups))?
        };
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
            persons: PersonsTold::Exact,
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
            let band = name == DISTANCE_BAND && query.bands.is_some();
            let band = band.then_some((&BAND, ColumnType::Int));
            let stored = cube
                .dimension(name)
                .and_then(|d| Some((d, cube.property_type(name)?)));
            stored.or(band).ok_or_else(|| {
                unknown(
                    "dimension",
                    name,
                    cube.dimensions.iter().map(|d| d.name).collect(),
                )
            })
        });
        let measures = query.measures.iter().filter_map(|name| cube.measure(name));
        let dimensions = dimensions.collect::<Result<_>>()?;
        query.check_figures(cube)?;
        let bound = Self {
            cube,
            dimensions,
            measures: measures.collect(),
            query,
            scope,
        };
        for order in &query.order {
            if !bound.order_names().any(|known| known == order.name) {
                let known = bound.order_names().map(str::to_owned).collect();
                return Err(StoreError::UnknownOrder {
                    name: order.name.clone(),
                    known,
                });
            }
        }
        Ok(bound)
    }

    fn order_names(&self) -> impl Iterator<Item = &str> {
        let dimensions = self.dimensions.iter().map(|(d, _)| d.name);
        dimensions.chain(self.query.measures.iter().map(String::as_str))
    }

    /// `FROM … WHERE` scope and filter.
    fn push_from(&self, sql: &mut Sql) -> Result<()> {
        sql.push(" FROM ");
        if let Some(bands) = &self.query.bands {
            sql.push("(SELECT *, CASE WHEN lng_e7 IS NULL THEN NULL");
            for (low_m, high_m) in bands.bounds_m() {
                sql.push(" WHEN ");
                push_near(sql, &bands.around, low_m, high_m)?;
                sql.push(format!(" THEN {low_m}::bigint"));
            }
            sql.push(format!(
                " END AS {DISTANCE_BAND} FROM cube_{}) banded",
                self.cube.name
            ));
        } else {
            sql.push("cube_").push(self.cube.name);
        }
        sql.push(" WHERE (");
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

    /// The member of a dimension in a column of a row.
    fn member(&self, row: &PgRow, i: usize, column: &str) -> Result<Value, sqlx::Error> {
        Ok(match self.dimensions[i].1 {
            ColumnType::Int => Value::from(row.try_get::<Option<i64>, _>(column)?),
            ColumnType::Date => Value::from(row.try_get::<Option<chrono::NaiveDate>, _>(column)?),
            _ => Value::from(row.try_get::<Option<String>, _>(column)?),
        })
    }

    fn read(&self, row: &PgRow) -> Result<AnswerRow, sqlx::Error> {
        let keys = 0..self.dimensions.len();
        let keys = keys.map(|i| self.member(row, i, &format!("d{i}")));
        let keys = keys.collect::<Result<_, _>>()?;
        if !self.query.defined.is_empty() || self.query.bands.is_some() {
            let values = self.read_defined(row, &self.all_groups())?;
            let values = values.into();
            return Ok(AnswerRow { keys, values });
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
        let values = values.into();
        Ok(AnswerRow { keys, values })
    }
}
