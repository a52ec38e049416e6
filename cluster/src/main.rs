//! The cubes of GeoCRM beyond one machine's memory: what `geocrm cube export` wrote is asked here through Apache
//! DataFusion, in one process or on a Ballista cluster of a scheduler and executors that read the files where they
//! lie. The same program is every node, since nodes must share its functions, and the comparison with the engine.

mod answer;
mod compare;
mod cover;
mod cql2;
mod engine;
mod folder;
mod functions;
mod geometry;
mod nodes;
mod processes;
mod question;
mod random;
mod slabs;

use anyhow::Context;
use clap::{Parser, Subcommand};
use functions::Edges;
use std::io::Write;
use std::path::PathBuf;

/// Cubes of GeoCRM on a distributed query engine.
#[derive(Debug, Parser)]
#[command(name = "geocrm-cluster", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Cut plans into stages and hand them to executors.
    Scheduler(nodes::Scheduler),
    /// Run stages for a scheduler.
    Executor(nodes::Executor),
    /// Answer one question, read as JSON from standard input.
    Query(Query),
    /// Ask GeoCRM, DataFusion and Ballista the same random questions.
    Compare(compare::Compare),
}

#[derive(Debug, clap::Args)]
struct Query {
    /// Folder that `geocrm cube export` wrote.
    folder: PathBuf,
    /// Scheduler of a cluster, such as `df://127.0.0.1:50050`; this process answers when left out.
    #[arg(long)]
    scheduler: Option<String>,
    /// Cores to plan for.
    #[arg(long, default_value_t = 2)]
    cores: usize,
    /// Show the plan with what it did instead of the answer.
    #[arg(long)]
    explain: bool,
}

/// Prints a line.
fn say(line: &str) {
    // A closed pipe ends the report, not the program.
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Plans and expressions are trees that are walked by recursion.
        .thread_stack_size(16 * 1024 * 1024)
        .build()?;
    runtime.block_on(async {
        match Arguments::parse().command {
            Command::Scheduler(asked) => nodes::schedule(asked).await,
            Command::Executor(asked) => nodes::execute(asked).await,
            Command::Query(asked) => query(asked).await,
            Command::Compare(asked) => compare::compare(asked).await,
        }
    })
}

async fn query(asked: Query) -> anyhow::Result<()> {
    let folder = folder::Folder::open(&asked.folder)?;
    let text = std::io::read_to_string(std::io::stdin()).context("reading the question")?;
    let json: serde_json::Value =
        serde_json::from_str(&text).context("the question is not JSON")?;
    let question = question::Question::new(&folder, &json, Edges::Inside)?;
    let context = match &asked.scheduler {
        Some(scheduler) => nodes::remote(scheduler, asked.cores).await?,
        None => nodes::here(asked.cores),
    };
    if asked.explain {
        if let Some(plan) = answer::plan(&context, &folder, &question)? {
            say(&plan
                .explain(false, asked.scheduler.is_none())?
                .to_string()
                .await?);
        }
        return Ok(());
    }
    let answer = answer::answer(&context, &folder, &question).await?;
    say(&format!("{answer:#}"));
    Ok(())
}
