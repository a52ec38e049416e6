//! Do all three give the same answers? Random questions go to GeoCRM's engine, to the query engine in this process
//! and to the cluster; every row, figure and count must be equal. A last round asks with areas whose edge is
//! outside, which is wrong, and must be found out.

use crate::answer::answer;
use crate::engine::Engine;
use crate::folder::Folder;
use crate::functions::Edges;
use crate::processes::{Cluster, own_cost};
use crate::question::Question;
use crate::random::Questions;
use crate::{nodes, say};
use anyhow::{Context, bail, ensure};
use clap::Args;
use datafusion::prelude::SessionContext;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, Args)]
pub struct Compare {
    /// Folder that `geocrm cube export` wrote.
    pub folder: PathBuf,
    #[arg(long, default_value_t = 1_000)]
    pub questions: usize,
    #[arg(long, default_value_t = 20_261_122)]
    pub seed: u64,
    #[command(flatten)]
    pub engine: EngineChoice,
    #[command(flatten)]
    pub size: Size,
}

#[derive(Debug, Args)]
#[group(required = true)]
pub struct EngineChoice {
    /// A running geocrm at the data version of the folder.
    #[arg(long, requires = "email")]
    url: Option<String>,
    /// Who signs in there; the password is the first line of standard input.
    #[arg(long, requires = "url")]
    email: Option<String>,
    /// A program that holds the same data, such as the example `generated_cube` with `answer`.
    #[arg(long, conflicts_with = "url")]
    program: Option<String>,
}

impl EngineChoice {
    pub fn start(&self) -> anyhow::Result<Engine> {
        match (&self.url, &self.email, &self.program) {
            (Some(url), Some(email), _) => Engine::at(url, email, &password()?),
            (_, _, Some(program)) => Engine::program(program),
            _ => bail!("name a geocrm by --url and --email, or a --program"),
        }
    }
}

#[derive(Debug, Clone, Copy, Args)]
pub struct Size {
    /// Executors on loopback; 0 leaves the cluster out.
    #[arg(long, default_value_t = 2)]
    pub executors: usize,
    /// Cores of each executor.
    #[arg(long, default_value_t = 1)]
    pub cores: usize,
    /// Memory of each executor's queries.
    #[arg(long, default_value_t = 1024)]
    pub memory_mib: u64,
}

impl Size {
    pub fn all_cores(self) -> usize {
        (self.executors * self.cores).max(1)
    }

    pub fn start(self) -> anyhow::Result<Option<Cluster>> {
        (self.executors > 0)
            .then(|| Cluster::start(self.executors, self.cores, self.memory_mib))
            .transpose()
    }
}

/// Milliseconds of every question.
#[derive(Debug, Default)]
pub struct Times(Vec<f64>);

impl Times {
    pub fn add(&mut self, ms: f64) {
        self.0.push(ms);
    }

    pub fn add_since(&mut self, start: Instant) {
        self.add(start.elapsed().as_secs_f64() * 1e3);
    }

    /// A part of the times in order: 0.5 is the median.
    pub fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        sorted
            .get((last as f64 * share).round() as usize)
            .copied()
            .unwrap_or(0.0)
    }
}

pub async fn ask(
    context: &SessionContext,
    folder: &Folder,
    asked: &Json,
    edges: Edges,
) -> anyhow::Result<Json> {
    let question = Question::new(folder, asked, edges)?;
    let answer = answer(context, folder, &question).await?;
    // Written and read like an answer that came over the wire.
    Ok(serde_json::from_str(&answer.to_string())?)
}

pub async fn compare(asked: Compare) -> anyhow::Result<()> {
    let folder = Folder::open(&asked.folder)?;
    let local = nodes::here(asked.size.all_cores());
    let mut engine = asked.engine.start()?;
    let cluster = asked.size.start()?;
    let remote = match &cluster {
        Some(cluster) => Some(nodes::remote(&cluster.url, asked.size.all_cores()).await?),
        None => None,
    };
    say(&format!(
        "{} rows of {} at version {} in {} files of {:.1} bytes a row; {} questions of seed {}",
        folder.rows(),
        folder.cube,
        folder.data_version,
        folder.parts.len(),
        folder.bytes() as f64 / folder.rows().max(1) as f64,
        asked.questions,
        asked.seed
    ));
    let mut questions = Questions::new(&folder, &local, asked.seed).await?;
    let (mut differ, mut rows, mut empty) = (0, 0, 0);
    let mut times = [Times::default(), Times::default(), Times::default()];
    let mut caught = 0;
    for number in 1..=asked.questions {
        let question = questions.next();
        let answered = engine
            .answer(&folder.cube, &question)
            .with_context(|| format!("question {number}"))?;
        times[0].add(answered.took_ms);
        let expected = answered.answer;
        let found = expected["rows"].as_array().map_or(0, Vec::len);
        rows += found;
        empty += usize::from(expected["matched"] == 0);
        let contexts = [("datafusion", Some(&local)), ("ballista", remote.as_ref())];
        for (i, (name, context)) in contexts.into_iter().enumerate() {
            let Some(context) = context else { continue };
            let start = Instant::now();
            let given = ask(context, &folder, &question, Edges::Inside)
                .await
                .with_context(|| format!("question {number} to {name}: {question}"))?;
            times[i + 1].add_since(start);
            if given != expected {
                differ += 1;
                if differ <= 5 {
                    say(&format!(
                        "question {number}, {name} differs: {question}\n  engine {}\n  {name} {}",
                        beginning(&expected),
                        beginning(&given)
                    ));
                }
            }
        }
        if question.to_string().contains("oordinates") {
            let wrong = ask(&local, &folder, &question, Edges::Outside).await?;
            caught += usize::from(wrong != expected);
        }
        if number % 100 == 0 {
            say(&format!("{number} asked, {differ} answers differ"));
        }
    }
    say(&format!(
        "{rows} rows of answers compared, {empty} questions without a record; edges outside: {caught} answers differ"
    ));
    for (name, times) in ["geocrm", "datafusion", "ballista"].into_iter().zip(&times) {
        say(&format!(
            "{name:<12} median {:.1} ms, 95 % {:.1} ms, longest {:.1} ms",
            times.at(0.5),
            times.at(0.95),
            times.at(1.0)
        ));
    }
    tell_costs(cluster.as_ref());
    ensure!(differ == 0, "{differ} answers differ");
    ensure!(
        caught > 0,
        "a comparison that cannot find a wrong edge shows nothing"
    );
    Ok(())
}

pub fn tell_costs(cluster: Option<&Cluster>) {
    let mut costs = vec![("this process".to_owned(), own_cost())];
    for node in cluster.into_iter().flat_map(|cluster| &cluster.nodes) {
        costs.push((node.name.clone(), node.cost()));
    }
    for (name, cost) in costs {
        say(&format!(
            "{name:<12} {:.1} s of processor time, at most {:.0} MiB",
            cost.cpu_s, cost.peak_mib
        ));
    }
}

fn beginning(json: &Json) -> String {
    json.to_string().chars().take(400).collect()
}

fn password() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .context("reading the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
