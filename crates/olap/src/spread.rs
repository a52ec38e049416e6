//! Who works on a question? The thread that asks it, from the first moment, and beside it helpers as far as nobody else
//! is asking: while several ask, every question stays on its own thread, where it costs least.
//!
//! A sleeping thread takes some 50 µs to wake (more on a virtual machine whose processor was halted), so work too small
//! for that is not shared. The helpers are threads of their own, since those of the pool may be in the middle of a merge
//! or of a thousand addresses: the one that asks has to wait until every helper it called has at least seen that nothing
//! is left. A thread that wakes is often put on the processor of the one that woke it, where both would take turns, so it
//! moves away first.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

/// Threads that work on questions, of all questions.
static AT_WORK: AtomicUsize = AtomicUsize::new(0);
/// All threads but the one that asks; none where there is one processor.
static HELPERS: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    let threads = rayon::current_num_threads().saturating_sub(1);
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|n| format!("helper-{n}"));
    (threads > 0).then(|| pool.build().ok()).flatten()
});
/// How long the asking thread looks whether the others are done before it sleeps.
const PATIENCE: Duration = Duration::from_micros(200);

/// Counts a thread as long as it works.
struct Worker<'a>(&'a AtomicUsize);

impl<'a> Worker<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Runs `work` once for every item below `items`, some `share` neighbours at a time, with one state per thread that
/// came to work, and returns the states. The items come in any order. Fewer than `alone` items stay on the
/// calling thread.
pub(crate) fn spread<S: Send>(
    items: usize,
    alone: usize,
    share: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) + Sync,
) -> Vec<S> {
    let here = Worker::new(&AT_WORK);
    let free = rayon::current_num_threads().saturating_sub(AT_WORK.load(Ordering::Acquire));
    // One turn is the asking thread's own.
    let wanted = free.min(items.div_ceil(share).saturating_sub(1));
    let helpers = HELPERS.as_ref().filter(|_| wanted > 0 && items >= alone);
    let Some(helpers) = helpers else {
        let mut own = state();
        (0..items).for_each(|item| work(&mut own, item));
        return vec![own];
    };
    let (next, helping) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let helped = Mutex::new(Vec::new());
    let turn = || {
        let from = next.fetch_add(share, Ordering::Relaxed);
        (from < items).then(|| from..(from + share).min(items))
    };
    let run = |first: Range<usize>| {
        let mut own = state();
        let mut taken = Some(first);
        while let Some(some) = taken {
            some.for_each(|item| work(&mut own, item));
            taken = turn();
        }
        own
    };
    let asking = processor();
    let mut states = helpers.in_place_scope(|scope| {
        for _ in 0..wanted {
            scope.spawn(|_| {
                let _helper = Worker::new(&helping);
                if let Some(first) = turn() {
                    move_away(asking);
                    let _at_work = Worker::new(&AT_WORK);
                    let own = run(first);
                    if let Ok(mut helped) = helped.lock() {
                        helped.push(own);
                    }
                }
            });
        }
        let own: Vec<S> = turn().map(run).into_iter().collect();
        drop(here);
        let since = Instant::now();
        while helping.load(Ordering::Acquire) > 0 && since.elapsed() < PATIENCE {
            std::hint::spin_loop();
        }
        own
    });
    states.extend(helped.into_inner().unwrap_or_default());
    states
}

/// The processor this thread runs on.
#[cfg(target_os = "linux")]
fn processor() -> usize {
    rustix::thread::sched_getcpu()
}

/// Goes to another processor of those this thread may use, if it runs on this one; what it may use stays as it is.
#[cfg(target_os = "linux")]
fn move_away(from: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    if processor() != from || from >= CpuSet::MAX_CPU {
        return;
    }
    let Ok(allowed) = sched_getaffinity(None) else {
        return;
    };
    let mut others = allowed;
    others.unset(from);
    // Where it cannot, it works where it is.
    if others.count() > 0 && sched_setaffinity(None, &others).is_ok() {
        let _ = sched_setaffinity(None, &allowed);
    }
}

#[cfg(not(target_os = "linux"))]
fn processor() -> usize {
    0
}

#[cfg(not(target_os = "linux"))]
fn move_away(_: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once() {
        for items in [0, 1, 7, 8, 9, 1_000] {
            let states = spread(items, 8, 3, Vec::new, Vec::push);
            let mut seen = states.concat();
            seen.sort_unstable();
            assert_eq!(seen, (0..items).collect::<Vec<_>>());
        }
    }

    #[test]
    fn many_askers_at_once_all_get_their_answers() {
        std::thread::scope(|scope| {
            for asker in 0..8usize {
                scope.spawn(move || {
                    for _ in 0..200 {
                        let sums = spread(100, 8, 4, || 0, |sum, item| *sum += item * asker);
                        assert_eq!(sums.iter().sum::<usize>(), 4_950 * asker);
                    }
                });
            }
        });
    }
}
