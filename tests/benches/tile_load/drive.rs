//! The load: threads that each hold one connection and ask for the next tile when the last one is there.
//! Bounded in time; an answer that is not a tile ends the run, since its speed would mean nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub struct Load<'a> {
    /// Host and port.
    pub address: &'a str,
    pub cookie: &'a str,
    pub connections: usize,
    pub length: Duration,
    /// Tiles made before are not taken.
    pub anew: bool,
}

/// One round.
pub struct Figures {
    seconds: f64,
    client_seconds: f64,
    bytes: u64,
    latencies_us: Vec<u32>,
}

impl Load<'_> {
    /// Asks for `path(0)`, `path(1)` … until the time is over.
    pub fn drive(&self, path: &(dyn Fn(usize) -> String + Sync)) -> Figures {
        let next = AtomicUsize::new(0);
        let (started, cpu) = (Instant::now(), cpu_seconds());
        let parts: Vec<(Vec<u32>, u64)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.connections)
                .map(|_| scope.spawn(|| self.one(path, &next, started)))
                .collect();
            let ends = threads.into_iter().map(|t| t.join().expect("a connection"));
            ends.collect()
        });
        Figures {
            seconds: started.elapsed().as_secs_f64(),
            client_seconds: cpu_seconds() - cpu,
            bytes: parts.iter().map(|(_, bytes)| bytes).sum(),
            latencies_us: parts.into_iter().flat_map(|(times, _)| times).collect(),
        }
    }

    fn one(
        &self,
        path: &(dyn Fn(usize) -> String + Sync),
        next: &AtomicUsize,
        started: Instant,
    ) -> (Vec<u32>, u64) {
        let stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let limit = Some(Duration::from_secs(30));
        stream.set_read_timeout(limit).expect("a socket");
        let mut reader = BufReader::with_capacity(1 << 17, stream);
        let anew = if self.anew {
            "Cache-Control: no-cache\r\n"
        } else {
            ""
        };
        let (mut times, mut bytes) = (Vec::new(), 0);
        while started.elapsed() < self.length {
            let path = path(next.fetch_add(1, Ordering::Relaxed));
            let request = format!(
                "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n{anew}\r\n",
                self.address, self.cookie
            );
            let sent = Instant::now();
            let socket = reader.get_mut();
            socket.write_all(request.as_bytes()).expect("sent");
            bytes += answer(&mut reader, &path);
            times.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        (times, bytes)
    }
}

/// Reads one answer; its length.
fn answer(reader: &mut BufReader<TcpStream>, path: &str) -> u64 {
    let mut line = String::new();
    reader.read_line(&mut line).expect("an answer");
    let status = line.split(' ').nth(1).unwrap_or_default().to_owned();
    assert!(status == "200" || status == "204", "{path}: {line}");
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).expect("a header");
        if line.trim_end().is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        assert!(!lower.starts_with("transfer-encoding"), "{path}: {line}");
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let read = std::io::copy(&mut reader.take(length), &mut std::io::sink()).expect("a body");
    assert_eq!(read, length, "{path}");
    length
}

/// Processor time of this process, from the kernel's own count in hundredths of a second.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    // The name may hold spaces; the fields after it do not.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .expect("a name")
        .split_whitespace()
        .collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("ticks");
    (ticks(11) + ticks(12)) / 100.0
}

/// The rounds of one case.
#[derive(Default)]
pub struct Measured {
    rounds: Vec<Figures>,
}

impl Measured {
    pub fn add(&mut self, figures: Figures) {
        self.rounds.push(figures);
    }

    /// Tiles a second (median, least, most), time of a tile, its bytes, and the processors the client took.
    pub fn line(&self) -> String {
        let mut rates: Vec<f64> = self
            .rounds
            .iter()
            .map(|round| round.latencies_us.len() as f64 / round.seconds)
            .collect();
        rates.sort_unstable_by(f64::total_cmp);
        let mut times: Vec<u32> = self
            .rounds
            .iter()
            .flat_map(|round| round.latencies_us.iter().copied())
            .collect();
        times.sort_unstable();
        let at = |share: f64| {
            let index = ((times.len() as f64 * share) as usize).min(times.len() - 1);
            f64::from(times[index]) / 1e3
        };
        let sum = |of: fn(&Figures) -> f64| self.rounds.iter().map(of).sum::<f64>();
        format!(
            "{:>9.0} {:>17} {:>8.2} {:>8.2} {:>8.0} {:>7.2}",
            rates[rates.len() / 2],
            format!("{:.0} - {:.0}", rates[0], rates[rates.len() - 1]),
            at(0.5),
            at(0.99),
            sum(|round| round.bytes as f64) / times.len() as f64,
            sum(|round| round.client_seconds) / sum(|round| round.seconds),
        )
    }
}
