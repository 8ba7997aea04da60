//! Memory and descriptors of the programs that live as long as the soak.

use std::sync::Mutex;
use std::time::Duration;

use super::Soak;
use super::workers::Crew;

/// How much more memory a program may have at the end, in kB, than when it had begun to work. Allocators keep
/// what the busiest moments took; what leaks goes on growing, and is beyond this in half an hour.
const MAX_GROWTH: u64 = 12 * 1024;

/// Connections and pipes that come and go.
const MAX_MORE_DESCRIPTORS: u64 = 6;

/// The first samples are of programs that have not begun yet.
const WARM_UP: usize = 15;

#[derive(Debug, Clone, Copy)]
struct Sample {
    memory_kb: u64,
    descriptors: u64,
}

struct Patient {
    name: &'static str,
    pid: u32,
    samples: Mutex<Vec<Sample>>,
}

pub(super) struct Vitals(Vec<Patient>);

fn sample(pid: u32) -> Option<Sample> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let memory = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
    Some(Sample {
        memory_kb: memory.trim().split(' ').next()?.parse().ok()?,
        descriptors: u64::try_from(descriptors).unwrap(),
    })
}

impl Vitals {
    pub(super) fn of(crew: &Crew) -> Self {
        let patients = crew.lasting().into_iter().map(|(name, pid)| Patient {
            name,
            pid,
            samples: Mutex::default(),
        });
        Self(patients.collect())
    }

    pub(super) fn watch(&self, soak: &Soak) {
        while soak.goes_on(Duration::from_secs(1)) {
            self.look(soak);
        }
    }

    pub(super) fn look(&self, soak: &Soak) {
        for patient in &self.0 {
            match sample(patient.pid) {
                Some(sample) => patient.samples.lock().unwrap().push(sample),
                None => soak.fault(format!("{} has ended by itself", patient.name)),
            }
        }
    }

    /// A line for each, and what is too much.
    pub(super) fn report(&self, soak: &Soak) -> Vec<String> {
        let mut lines = Vec::new();
        for patient in &self.0 {
            let samples = patient.samples.lock().unwrap();
            let (Some(first), Some(last)) =
                (samples.get(WARM_UP).or(samples.first()), samples.last())
            else {
                continue;
            };
            let most = |of: fn(&Sample) -> u64| samples.iter().map(of).max().unwrap_or_default();
            // A single sample may be of a moment at which no server could be reached.
            let early = samples.iter().take(samples.len().div_ceil(3));
            let descriptors = early.map(|sample| sample.descriptors).max();
            let descriptors = descriptors.unwrap_or_default();
            let line = format!(
                "{}: {} kB at the start, {} kB at most, {} kB at the end; descriptors {}, {}, {}",
                patient.name,
                first.memory_kb,
                most(|sample| sample.memory_kb),
                last.memory_kb,
                descriptors,
                most(|sample| sample.descriptors),
                last.descriptors,
            );
            if last.memory_kb > first.memory_kb + MAX_GROWTH
                || last.descriptors > descriptors + MAX_MORE_DESCRIPTORS
            {
                soak.fault(format!("grows: {line}"));
            }
            lines.push(line);
        }
        lines
    }
}
