//! A check-up for people who run the installation: is the database there, is the audit log whole, and does
//! the engine give the answers of SQL.

use crate::App;
use crate::error::AppError;
use geocrm_domain::catalogue::{Aggregate, CUBES, Cube};
use geocrm_domain::{CubeQuery, VisibleScope};

#[derive(Debug, Clone)]
pub struct DoctorReport {
    pub lines: Vec<String>,
    pub healthy: bool,
}

impl App {
    pub async fn doctor(&self) -> Result<DoctorReport, AppError> {
        let mut report = DoctorReport {
            lines: Vec::new(),
            healthy: true,
        };
        let (postgres, postgis) = self.store.versions().await?;
        let size_mb = self.store.size_bytes().await? / 1_000_000;
        report.lines.push(format!(
            "database: PostgreSQL {postgres}, PostGIS {postgis}, {size_mb} MB"
        ));
        match self.store.verify_audit().await? {
            (entries, None) => report
                .lines
                .push(format!("audit log: {entries} entries, whole")),
            (_, Some(broken)) => {
                report.healthy = false;
                report
                    .lines
                    .push(format!("audit log: BROKEN at entry {}", broken.seq));
            }
        }
        for dataset in &self.atlas().datasets {
            let rows: Vec<String> = dataset
                .row_counts
                .iter()
                .map(|(kind, n)| format!("{n} {kind}"))
                .collect();
            report.lines.push(format!(
                "dataset {} ({}): {}",
                dataset.code,
                dataset.vintage,
                rows.join(", ")
            ));
        }
        let question = |cube: &'static Cube| {
            // Over everything at once a single figure is not one.
            let summed = cube.measures.iter();
            let summed = summed.filter(|m| m.aggregate != Aggregate::Single);
            let query = CubeQuery {
                measures: summed.map(|m| m.name.to_owned()).collect(),
                ..CubeQuery::default()
            };
            (VisibleScope::everything(), cube, query)
        };
        let questions: Vec<_> = CUBES.iter().copied().map(question).collect();
        let answers = self.engine_and_sql(&questions).await?;
        let snapshot = self.engine.newest();
        report
            .lines
            .push(format!("engine: data version {}", snapshot.version));
        for (cube, (engine, sql)) in CUBES.iter().zip(answers) {
            let data = snapshot.cube(cube);
            let agrees = engine == sql;
            report.healthy &= agrees;
            report.lines.push(format!(
                "cube {}: {} records, {:.1} bytes each, {}",
                cube.name,
                data.len(),
                data.memory_bytes().bytes_per_row(),
                if agrees {
                    "equals SQL"
                } else {
                    "DIFFERS FROM SQL"
                }
            ));
        }
        let cards = &snapshot.cards;
        report.lines.push(format!(
            "what the map shows of accounts: {} accounts, {:.1} bytes each",
            cards.len(),
            cards.byte_size() as f64 / cards.len().max(1) as f64
        ));
        Ok(report)
    }
}
