//! Two pieces of work, timed in turns.
//!
//! Rounds go ours, peer, ours, peer, and so on, so that whatever slows the machine down for a while
//! slows both. The time of each is its least over all rounds, as nothing makes work faster than it is;
//! the ratio is the median of the rounds' ratios, since the two of one round had the same machine.

use std::time::{Duration, Instant};

use crate::row::{Row, say};

const ROUNDS: usize = 25;
/// What a round of one piece of work takes: long beside what reading the clock costs.
const BATCH: Duration = Duration::from_millis(3);

/// Does an operation so many times.
pub type Work<'a> = Box<dyn FnMut(usize) + 'a>;

/// Work that repeats an operation, which is told how often it was done before in this batch.
#[must_use]
pub fn each<'a>(mut operation: impl FnMut(usize) + 'a) -> Work<'a> {
    Box::new(move |count| (0..count).for_each(&mut operation))
}

/// Times our work beside each peer's, and prints a row a peer; without peers, one of ours alone. Where
/// the program was given words behind the suite, only cases with those words in their names are timed.
pub fn race(case: &str, mut ours: Work<'_>, peers: Vec<(&str, Work<'_>)>) {
    if std::env::args().nth(2).is_some_and(|words| !case.contains(&words)) {
        return;
    }
    say(&format!("measuring {case}"));
    let count = warm(&mut ours);
    if peers.is_empty() {
        let rounds: Vec<f64> = (0..ROUNDS).map(|_| time(&mut ours, count)).collect();
        Row { case, ours_ns: Some(least(&rounds)), ..Row::default() }.print();
    }
    for (name, mut peer) in peers {
        let peer_count = warm(&mut peer);
        let rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (time(&mut ours, count), time(&mut peer, peer_count))).collect();
        let (ours_ns, peer_ns): (Vec<f64>, Vec<f64>) = rounds.iter().copied().unzip();
        let ratio = median(rounds.iter().map(|(ours, peer)| peer / ours).collect());
        Row { case, ours_ns: Some(least(&ours_ns)), peer: Some((name, least(&peer_ns))), ratio: Some(ratio), ..Row::default() }.print();
    }
}

/// Warms work up, and finds how often it is done in a batch.
fn warm(work: &mut Work<'_>) -> usize {
    let mut count = 1;
    loop {
        let started = Instant::now();
        work(count);
        if started.elapsed() >= BATCH {
            return count;
        }
        count *= 2;
    }
}

/// Nanoseconds an operation.
fn time(work: &mut Work<'_>, count: usize) -> f64 {
    let started = Instant::now();
    work(count);
    started.elapsed().as_nanos() as f64 / count as f64
}

fn least(times: &[f64]) -> f64 {
    times.iter().copied().fold(f64::INFINITY, f64::min)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_and_the_median_are_what_they_are_called() {
        assert_eq!(least(&[3.0, 1.0, 2.0]), 1.0);
        assert_eq!(median(vec![9.0, 1.0, 2.0]), 2.0);
    }

    #[test]
    fn a_batch_is_as_long_as_it_has_to_be() {
        let mut calls = Vec::new();
        let mut work: Work<'_> = Box::new(|count| {
            calls.push(count);
            std::thread::sleep(if count < 4 { Duration::ZERO } else { BATCH });
        });
        assert_eq!(warm(&mut work), 4);
        drop(work);
        assert_eq!(calls, [1, 2, 4]);
    }
}
