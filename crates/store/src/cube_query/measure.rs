//! How is a measure said in SQL, and what are its answers ordered by? Sums stay whole numbers; a mean is kept as
//! its sum and count.

use super::Sql;
use geocrm_domain::catalogue::{Aggregate, Measure};

pub(super) fn push_measure(sql: &mut Sql, i: usize, measure: &Measure) {
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
pub(super) fn measure_order(measure: &Measure) -> String {
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
