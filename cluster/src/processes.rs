//! What does a node cost? A scheduler and executors as processes of their own on loopback, started and stopped
//! with the comparison, whose processor time and memory the system tells.

use anyhow::{Context, bail, ensure};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for all executors.
const PATIENCE: Duration = Duration::from_mins(1);
/// Ticks of processor time in a second, as Linux counts for programs.
const TICKS_PER_S: f64 = 100.0;

pub struct Node {
    pub name: String,
    child: Child,
}

/// Processor seconds so far, and the most memory held at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    pub cpu_s: f64,
    pub peak_mib: f64,
}

impl Node {
    fn start(name: &str, arguments: &[String]) -> anyhow::Result<Self> {
        let child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("starting the {name}"))?;
        let name = name.to_owned();
        Ok(Self { name, child })
    }

    pub fn cost(&self) -> Cost {
        cost(&self.child.id().to_string())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Of this process.
pub fn own_cost() -> Cost {
    cost("self")
}

/// Zero where the system does not tell.
fn cost(process: &str) -> Cost {
    let read =
        |file| std::fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
    let stat = read("stat");
    // Fields after the name, which may hold spaces: user and system time are the 14th and 15th of all.
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().collect())
        .unwrap_or_default();
    let ticks = |at: usize| {
        fields
            .get(at)
            .and_then(|t| t.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    let status = read("status");
    let peak_kib = status.lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?
            .split_whitespace()
            .next()?
            .parse::<f64>()
            .ok()
    });
    Cost {
        cpu_s: (ticks(11) + ticks(12)) / TICKS_PER_S,
        peak_mib: peak_kib.unwrap_or(0.0) / 1024.0,
    }
}

/// A scheduler and its executors, ready to work; they end when this is dropped.
pub struct Cluster {
    pub url: String,
    pub nodes: Vec<Node>,
    _work: tempfile::TempDir,
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Cluster {
    /// So many executors, each with so many cores.
    pub fn start(executors: usize, cores: usize, memory_mib: u64) -> anyhow::Result<Self> {
        let work = tempfile::tempdir()?;
        let port = free_port()?;
        let words = |text: String| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut nodes = vec![Node::start(
            "scheduler",
            &words(format!("scheduler --port {port} --executors {executors}")),
        )?];
        for number in 1..=executors {
            let mut arguments = words(format!(
                "executor --scheduler-port {port} --cores {cores} --memory-mib {memory_mib} --port"
            ));
            // Results and orders: two ports that follow each other.
            arguments.push(pair_of_ports()?.to_string());
            arguments.push("--work-dir".to_owned());
            arguments.push(work.path().join(number.to_string()).display().to_string());
            nodes.push(Node::start(&format!("executor {number}"), &arguments)?);
        }
        let mut cluster = Self {
            url: format!("df://127.0.0.1:{port}"),
            nodes,
            _work: work,
        };
        cluster.wait(port)?;
        Ok(cluster)
    }

    fn wait(&mut self, port: u16) -> anyhow::Result<()> {
        let start = Instant::now();
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(2)))
            .build()
            .into();
        while agent
            .get(format!("http://127.0.0.1:{port}/readyz"))
            .call()
            .is_err()
        {
            for node in &mut self.nodes {
                if let Some(status) = node.child.try_wait()? {
                    bail!("the {} ended: {status}", node.name);
                }
            }
            ensure!(start.elapsed() < PATIENCE, "the executors did not come");
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

fn pair_of_ports() -> anyhow::Result<u16> {
    for _ in 0..100 {
        let port = free_port()?;
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no two free ports follow each other")
}
