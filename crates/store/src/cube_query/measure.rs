//! How is a measure said in SQL, and what are its answers ordered by? Sums stay whole numbers; a mean is kept as
//! its sum and count.

use super::Sql;
use geocrm_domain::catalogue::{Aggregate, Measure};

/// The aggregate of a column; of a mean its sum.
pub(super) fn aggregate_sql(aggregate: Aggregate, column: &str) -> String {
    match aggregate {
        Aggregate::Count => "count(*)".to_owned(),
        Aggregate::Sum | Aggregate::Mean => format!("sum(\"{column}\"::bigint)"),
        Aggregate::Min => format!("min(\"{column}\"::bigint)"),
        Aggregate::Max => format!("max(\"{column}\"::bigint)"),
        Aggregate::Single => {
            format!("CASE WHEN count(\"{column}\") = 1 THEN max(\"{column}\"::bigint) END")
        }
    }
}

pub(super) fn push_measure(sql: &mut Sql, i: usize, measure: &Measure) {
    let Measure {
        aggregate, column, ..
    } = measure;
    // A sum is numeric in SQL; one that does not fit is refused.
    sql.push(format!(
        ", ({})::bigint AS m{i}",
        aggregate_sql(*aggregate, column)
    ));
    if *aggregate == Aggregate::Mean {
        sql.push(format!(", count(\"{column}\") AS n{i}"));
    }
}

/// What a measure is ordered by. Means are divided to thirty decimals: two different ratios of counts up to
/// 1e15 differ earlier.
pub(super) fn measure_order(measure: &Measure) -> String {
    let Measure {
        aggregate, column, ..
    } = measure;
    let sql = aggregate_sql(*aggregate, column);
    match aggregate {
        Aggregate::Mean => format!("{sql}::numeric(60, 30) / nullif(count(\"{column}\"), 0)"),
        _ => sql,
    }
}
