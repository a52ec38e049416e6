//! Where do plans run? In this process, or on a Ballista cluster: a scheduler that cuts a plan into stages and
//! executors that run them. Both are this program, since executors must know our functions. They speak without
//! authentication, so they listen on loopback unless told otherwise, and belong on a closed network.

use crate::functions;
use anyhow::Context;
use ballista::prelude::{SessionConfigExt, SessionContextExt};
use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::utils::default_session_builder;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::start_server;
use clap::Args;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Clone, Args)]
pub struct Scheduler {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    pub host: IpAddr,
    #[arg(long, default_value_t = 50_050)]
    pub port: u16,
    /// Executors that must have come before it calls itself ready.
    #[arg(long, default_value_t = 1)]
    pub executors: usize,
}

#[derive(Debug, Clone, Args)]
pub struct Executor {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port for results; the one after it is for orders.
    #[arg(long, default_value_t = 50_060)]
    pub port: u16,
    /// Where the scheduler listens.
    #[arg(long, default_value = "127.0.0.1")]
    pub scheduler_host: String,
    #[arg(long, default_value_t = 50_050)]
    pub scheduler_port: u16,
    /// Tasks at one time.
    #[arg(long, default_value_t = 1)]
    pub cores: usize,
    /// Most memory of its queries.
    #[arg(long, default_value_t = 1024)]
    pub memory_mib: u64,
    /// Folder for what goes from stage to stage; a temporary one when left out.
    #[arg(long)]
    pub work_dir: Option<PathBuf>,
}

/// Runs until it is stopped.
pub async fn schedule(asked: Scheduler) -> anyhow::Result<()> {
    let config = SchedulerConfig {
        bind_host: asked.host.to_string(),
        bind_port: asked.port,
        external_host: asked.host.to_string(),
        scheduling_policy: TaskSchedulingPolicy::PushStaged,
        min_ready_executors: asked.executors,
        override_session_builder: Some(Arc::new(|config| {
            let mut state = default_session_builder(config)?;
            functions::register(&mut state)?;
            Ok(state)
        })),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await?;
    Ok(start_server(cluster, (asked.host, asked.port).into(), Arc::new(config)).await?)
}

/// Runs until it is stopped.
pub async fn execute(asked: Executor) -> anyhow::Result<()> {
    let config = ExecutorProcessConfig {
        bind_host: asked.host.to_string(),
        external_host: Some(asked.host.to_string()),
        port: asked.port,
        grpc_port: asked.port + 1,
        scheduler_host: asked.scheduler_host,
        scheduler_port: asked.scheduler_port,
        scheduler_connect_timeout_seconds: 30,
        vcores: asked.cores,
        task_scheduling_policy: TaskSchedulingPolicy::PushStaged,
        work_dir: asked.work_dir.map(|folder| folder.display().to_string()),
        memory_pool_size: Some(asked.memory_mib * 1024 * 1024),
        override_function_registry: Some(Arc::new(functions::registry())),
        ..ExecutorProcessConfig::default()
    };
    Ok(start_executor_process(Arc::new(config)).await?)
}

/// Plans run in this process, on so many cores.
pub fn here(cores: usize) -> SessionContext {
    SessionContext::new_with_config(SessionConfig::new().with_target_partitions(cores))
}

/// Plans run on the cluster of a scheduler; `cores` of all its executors together.
pub async fn remote(scheduler: &str, cores: usize) -> anyhow::Result<SessionContext> {
    let config = SessionConfig::new_with_ballista().with_target_partitions(cores);
    let state = SessionStateBuilder::new()
        .with_default_features()
        .with_config(config)
        .build();
    SessionContext::remote_with_state(scheduler, state)
        .await
        .with_context(|| format!("reaching the scheduler at {scheduler}"))
}
