//! The scope of a user as a condition in SQL, the same for reads and writes: a record outside it does not exist.

use geocrm_domain::VisibleScope;
use geocrm_domain::catalogue::Cube;
use geocrm_domain::scope::{AggregateScope, RecordScope};
use sqlx::{Postgres, QueryBuilder};

/// Appends the condition on the accounts table, whose alias is `a`.
pub(crate) fn push_account_scope(sql: &mut QueryBuilder<Postgres>, scope: &VisibleScope) {
    push_records(sql, scope.records(), "a.territory", "a.owner_id::text");
}

/// Appends the condition on a cube's view: its sums, not its records.
pub(crate) fn push_cube_scope(sql: &mut QueryBuilder<Postgres>, scope: &VisibleScope, cube: &Cube) {
    match scope.aggregates() {
        AggregateScope::None => {
            sql.push("false");
        }
        AggregateScope::SameAsRecords if cube.scoped => {
            push_records(sql, scope.records(), "territory", "owner");
        }
        // Persons are told as protected cells, which only the engine makes.
        AggregateScope::Protected(_) if let Some(persons) = cube.persons => {
            sql.push(persons.column)
                .push(" IS DISTINCT FROM ")
                .push_bind(persons.value);
        }
        AggregateScope::Protected(_) | AggregateScope::SameAsRecords | AggregateScope::All => {
            sql.push("true");
        }
    }
}

fn push_records(
    sql: &mut QueryBuilder<Postgres>,
    records: &RecordScope,
    territory: &'static str,
    owner: &'static str,
) {
    match records {
        RecordScope::All => {
            sql.push("true");
        }
        RecordScope::Territories(codes) => {
            sql.push(territory)
                .push(" = ANY(")
                .push_bind(codes.clone())
                .push(")");
        }
        RecordScope::Own(user) => {
            sql.push(owner).push(" = ").push_bind(user.0.to_string());
        }
        RecordScope::None => {
            sql.push("false");
        }
    }
}
