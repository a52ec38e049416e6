//! How does the query engine answer a cube's question? Filter, group and sum run where the files are read; what
//! comes back is one row per group with whole numbers in it. Means are divided, groups ordered and cut here, by
//! the rules GeoCRM documents: nulls first, means compared exactly, ties by the dimensions.

use crate::cql2::group;
use crate::folder::{Aggregate, Folder, Kind, Measure};
use crate::nodes;
use crate::question::{By, Question};
use anyhow::Context;
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type, UInt64Type};
use datafusion::common::tree_node::TreeNode;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::{count, max, min, sum};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{Expr, SessionContext, ident, lit};
use serde_json::{Value as Json, json};
use std::cmp::Ordering;

/// A member of a dimension, ordered as the API orders: null first, numbers by size, text by bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Null,
    Int(i64),
    /// Days since 1970-01-01.
    Date(i32),
    Text(String),
}

/// A whole number, or a sum over a number of values; null where no record has one.
type Figure = Option<(i128, Option<i128>)>;

struct Row {
    keys: Vec<Key>,
    figures: Vec<Figure>,
}

/// The answer as the API gives it: rows, `matched`, `without_place`, `groups`.
pub async fn answer(
    context: &SessionContext,
    folder: &Folder,
    question: &Question,
) -> anyhow::Result<Json> {
    let mut rows = Vec::new();
    let mut matched = 0;
    let asked = match plan(context, folder, question)? {
        // Ballista cannot be sent a plan that reads nothing: its wire format drops an empty relation's columns.
        Some(frame) if reads_nothing(&frame)? => plan(&nodes::here(1), folder, question)?,
        asked => asked,
    };
    match asked {
        Some(frame) => {
            for batch in frame.collect().await? {
                read(&batch, question, &mut rows, &mut matched)?;
            }
        }
        // No file can hold a record: the totals of nothing, or no group.
        None if question.dimensions.is_empty() => {
            let nothing =
                |measure: &Measure| (measure.aggregate == Aggregate::Count).then_some((0, None));
            rows.push(Row {
                keys: Vec::new(),
                figures: question.measures.iter().map(nothing).collect(),
            });
        }
        None => {}
    }
    let groups = rows.len();
    rows.sort_by(|a, b| compare(a, b, question));
    rows.truncate(question.limit.unwrap_or(usize::MAX));
    Ok(json!({
        "rows": rows.iter().map(row_json).collect::<Vec<_>>(),
        "matched": matched,
        "without_place": without_place(context, folder, question).await?,
        "groups": groups,
    }))
}

/// Whether the conditions contradict each other so plainly that the optimizer leaves all files out.
fn reads_nothing(frame: &DataFrame) -> anyhow::Result<bool> {
    let optimized = frame.clone().into_optimized_plan()?;
    Ok(optimized.exists(|node| Ok(matches!(node, LogicalPlan::EmptyRelation(_))))?)
}

/// One row per group: its dimensions, its number of records, then every measure's figures. `None` when no file
/// can hold a record.
pub fn plan(
    context: &SessionContext,
    folder: &Folder,
    question: &Question,
) -> anyhow::Result<Option<DataFrame>> {
    let parts = folder.chosen(&question.covers);
    if parts.is_empty() {
        return Ok(None);
    }
    let mut frame = context.read_table(folder.table(&parts)?)?;
    let covers = question.covers.iter().map(|cover| cover.expression());
    for condition in covers
        .chain(question.filter.clone())
        .chain(question.areas.clone())
    {
        frame = frame.filter(condition)?;
    }
    let by = question.dimensions.iter().enumerate();
    let by = by.map(|(i, dimension)| group(dimension).alias(format!("d{i}")));
    let mut figures = vec![count(lit(1)).alias("records")];
    for (i, measure) in question.measures.iter().enumerate() {
        figures.extend(figures_of(measure, i));
    }
    Ok(Some(frame.aggregate(by.collect(), figures)?))
}

/// Sums and counts of whole numbers; a mean is both.
fn figures_of(measure: &Measure, i: usize) -> Vec<Expr> {
    let column = || ident(&measure.column);
    let main = format!("m{i}");
    match measure.aggregate {
        Aggregate::Count => vec![],
        Aggregate::Sum => vec![sum(column()).alias(main)],
        Aggregate::Min => vec![min(column()).alias(main)],
        Aggregate::Max => vec![max(column()).alias(main)],
        Aggregate::Mean => vec![
            sum(column()).alias(main),
            count(column()).alias(format!("n{i}")),
        ],
    }
}

fn read(
    batch: &RecordBatch,
    question: &Question,
    rows: &mut Vec<Row>,
    matched: &mut u64,
) -> anyhow::Result<()> {
    let column = |name: &str| {
        let column = batch.column_by_name(name);
        column.with_context(|| format!("the answer has no column {name}"))
    };
    let mut keys: Vec<Vec<Key>> = Vec::new();
    for (i, dimension) in question.dimensions.iter().enumerate() {
        keys.push(members(column(&format!("d{i}"))?, dimension.kind)?);
    }
    let ints = |name: &str| anyhow::Ok(column(name)?.as_primitive::<Int64Type>());
    let records = ints("records")?;
    let mut figures: Vec<Vec<Figure>> = Vec::new();
    for (i, measure) in question.measures.iter().enumerate() {
        let whole = |int: Option<i64>| Some((i128::from(int?), None));
        figures.push(match measure.aggregate {
            Aggregate::Count => records.iter().map(whole).collect(),
            Aggregate::Mean => {
                let pairs = ints(&format!("m{i}"))?.iter().zip(ints(&format!("n{i}"))?);
                pairs
                    .map(|(sum, count)| Some((i128::from(sum?), Some(i128::from(count?)))))
                    .collect()
            }
            _ => ints(&format!("m{i}"))?.iter().map(whole).collect(),
        });
    }
    for row in 0..batch.num_rows() {
        *matched += records.value(row) as u64;
        rows.push(Row {
            keys: keys.iter().map(|column| column[row].clone()).collect(),
            figures: figures.iter().map(|column| column[row]).collect(),
        });
    }
    Ok(())
}

fn members(column: &ArrayRef, kind: Kind) -> anyhow::Result<Vec<Key>> {
    Ok(match kind {
        Kind::Int => {
            let ints = column.as_primitive::<Int64Type>().iter();
            ints.map(|int| int.map_or(Key::Null, Key::Int)).collect()
        }
        Kind::Date => {
            let days = column.as_primitive::<Date32Type>().iter();
            days.map(|days| days.map_or(Key::Null, Key::Date)).collect()
        }
        Kind::Cell => {
            let cells = column.as_primitive::<UInt64Type>().iter();
            let text = |cell: u64| Key::Text(format!("{cell:x}"));
            cells.map(|cell| cell.map_or(Key::Null, text)).collect()
        }
        Kind::Text => {
            let texts = cast(column, &DataType::Utf8View)?;
            let texts = texts.as_string_view().iter();
            let text = |text: &str| Key::Text(text.to_owned());
            texts.map(|member| member.map_or(Key::Null, text)).collect()
        }
    })
}

/// Records that pass the filter but have no place, wherever the question's area lies.
async fn without_place(
    context: &SessionContext,
    folder: &Folder,
    question: &Question,
) -> anyhow::Result<u64> {
    let parts = folder.unplaced();
    if parts.is_empty() {
        return Ok(0);
    }
    let mut frame = context.read_table(folder.table(&parts)?)?;
    if let Some(filter) = &question.filter {
        frame = frame.filter(filter.clone())?;
    }
    if reads_nothing(&frame)? {
        return Ok(0);
    }
    let counted = frame.aggregate(vec![], vec![count(lit(1)).alias("records")])?;
    let mut found = 0;
    for batch in counted.collect().await? {
        let records = batch.column_by_name("records").context("a count")?;
        let records = records.as_primitive::<Int64Type>().values();
        found += records.iter().map(|records| *records as u64).sum::<u64>();
    }
    Ok(found)
}

fn compare(a: &Row, b: &Row, question: &Question) -> Ordering {
    for order in &question.order {
        let by = match order.by {
            By::Dimension(i) => a.keys[i].cmp(&b.keys[i]),
            By::Measure(i) => compare_figures(a.figures[i], b.figures[i]),
        };
        let by = if order.descending { by.reverse() } else { by };
        if by.is_ne() {
            return by;
        }
    }
    a.keys.cmp(&b.keys)
}

/// Null first, then by size; ratios by cross-multiplication.
fn compare_figures(a: Figure, b: Figure) -> Ordering {
    match (a, b) {
        (Some((a, of_a)), Some((b, of_b))) => (a * of_b.unwrap_or(1)).cmp(&(b * of_a.unwrap_or(1))),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn row_json(row: &Row) -> Json {
    let key = |key: &Key| match key {
        Key::Null => Json::Null,
        Key::Int(int) => json!(int),
        Key::Date(days) => json!(chrono::NaiveDate::from_epoch_days(*days).map(|d| d.to_string())),
        Key::Text(text) => json!(text),
    };
    json!({
        "keys": row.keys.iter().map(key).collect::<Vec<_>>(),
        "values": row.figures.iter().map(|figure| match figure {
            None => Json::Null,
            Some((sum, None)) => json!(*sum as i64),
            Some((sum, Some(count))) => json!(*sum as f64 / *count as f64),
        }).collect::<Vec<_>>(),
    })
}
