//! Looks for what is wrong in Redis, in the background: one look at a time for all viewers, and the findings of the last.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::document::doctor::{HealthDocument, LookDocument};
use crate::document::trouble::TroubleDocument;
use crate::inspector::doctor::{BETWEEN_LOOKS, Doctor, Looks, Scope, Stage, TroubleWatch};
use crate::inspector::overview::Sampler;
use crate::inspector::{Error, Inspector};

/// What was found.
#[derive(Debug)]
pub(super) struct Examination {
    pub(super) health: HealthDocument,
    pub(super) looked_at: DateTime<Utc>,
    /// What repairs need; absent if there was to be a second look.
    pub(super) doctor: Option<Doctor>,
    trouble: Vec<TroubleDocument>,
}

/// How far a look is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Progress {
    /// So many of about so many keys were read.
    Reading { read: u64, keys: u64 },
    /// What was seen once is looked at again then.
    Waiting { until: Instant },
}

/// What is known. Clones are cheap.
#[derive(Debug, Clone, Default)]
pub(super) struct Examined {
    /// Absent before the first look.
    pub(super) last: Option<Arc<Examination>>,
    /// Absent while no look is under way.
    pub(super) progress: Option<Progress>,
    /// Why the last look has failed.
    pub(super) error: Option<Error>,
    /// Somebody wants a second look.
    twice: bool,
    /// Somebody wants the look to stop.
    stop: bool,
}

/// Looks when somebody asks for it. Clones share the look.
#[derive(Debug, Clone)]
pub(super) struct Examiner {
    inspector: Inspector,
    sampler: Sampler,
    examined: Arc<watch::Sender<Examined>>,
}

impl Examination {
    fn new(doctor: Doctor, trouble: Vec<TroubleDocument>, looked_at: DateTime<Utc>) -> Self {
        Self {
            health: doctor.health().document(&trouble),
            looked_at,
            doctor: Some(doctor),
            trouble,
        }
    }
}

impl Examined {
    /// The findings as a document, whose age is that of now.
    pub(super) fn document(&self, now: DateTime<Utc>) -> LookDocument {
        let last = self.last.as_deref();
        let age = |last: &Examination| (now - last.looked_at).num_seconds();
        LookDocument {
            looked_at: last.map(|last| last.looked_at),
            age_seconds: last.map(|last| u64::try_from(age(last)).unwrap_or_default()),
            looking: self.progress.is_some(),
            findings: last.map(|last| last.health.findings.clone()),
            incomplete: last.map(|last| last.health.incomplete),
        }
    }
}

impl Examiner {
    /// An examiner that has not looked yet. The sampler reads the figures that the thresholds judge.
    pub(super) fn new(inspector: Inspector, sampler: Sampler) -> Self {
        Self {
            inspector,
            sampler,
            examined: Arc::default(),
        }
    }

    /// What is known now.
    pub(super) fn examined(&self) -> Examined {
        self.examined.borrow().clone()
    }

    /// Begins a look, within a Tokio runtime. If one is under way, it is the one, and it looks twice if anybody asks for
    /// that.
    pub(super) fn start(&self, looks: Looks) {
        let mut begins = false;
        self.examined.send_modify(|examined| {
            begins = examined.progress.is_none();
            if begins {
                *examined = Examined {
                    last: examined.last.take(),
                    progress: Some(Progress::Reading { read: 0, keys: 0 }),
                    ..Examined::default()
                };
            }
            examined.twice |= looks == Looks::Twice;
        });
        if begins {
            tokio::spawn(self.clone().run(looks));
        }
    }

    /// Stops the look under way. It has changed nothing.
    pub(super) fn stop(&self) {
        self.examined.send_modify(|examined| examined.stop = true);
    }

    /// Waits until no look is under way.
    pub(super) async fn ended(&self) {
        let mut examined = self.examined.subscribe();
        let ended = examined.wait_for(|examined| examined.progress.is_none());
        // The sender lives as long as `self`.
        ended.await.map(drop).ok();
    }

    /// Looks at the last findings once more, after a repair: what is gone is no longer one.
    ///
    /// # Errors
    /// Those of Redis.
    pub(super) async fn forget_repaired(&self) -> Result<(), Error> {
        let Some(last) = self.examined().last else {
            return Ok(());
        };
        let Some(mut doctor) = last.doctor.clone() else {
            return Ok(());
        };
        doctor.forget_gone().await?;
        let left = Examination::new(doctor, last.trouble.clone(), last.looked_at);
        self.examined.send_modify(|examined| {
            let newest = examined.last.as_ref();
            if newest.is_some_and(|newest| Arc::ptr_eq(newest, &last)) {
                examined.last = Some(Arc::new(left));
            }
        });
        Ok(())
    }

    async fn run(self, looks: Looks) {
        let mut turn = Turn {
            examiner: &self,
            over: false,
        };
        let mut wishes = self.examined.subscribe();
        let stopped = async {
            // What it returns locks the channel.
            wishes
                .wait_for(|examined| examined.stop)
                .await
                .map(drop)
                .ok();
        };
        tokio::select! {
            ended = turn.looks(looks) => turn.end(ended.err()),
            () = stopped => turn.end(None),
        }
    }
}

/// A look under way. It ends however its task does.
struct Turn<'a> {
    examiner: &'a Examiner,
    over: bool,
}

impl Turn<'_> {
    async fn looks(&mut self, mut looks: Looks) -> Result<(), Error> {
        loop {
            let last = Arc::new(self.look(looks).await?);
            self.examiner.examined.send_modify(|examined| {
                examined.last = Some(last);
                // From here on nobody can ask this look for a second one.
                self.over = looks == Looks::Twice || !examined.twice;
                if self.over {
                    examined.progress = None;
                }
            });
            if self.over {
                return Ok(());
            }
            looks = Looks::Twice;
        }
    }

    async fn look(&self, looks: Looks) -> Result<Examination, Error> {
        let examiner = self.examiner;
        let trouble = TroubleWatch::new(&examiner.sampler).found(&[]).await?;
        let mut doctor = examiner.inspector.doctor(Scope::default());
        let report = |stage| match stage {
            Stage::Scanned { read, keys } => examiner.examined.send_modify(|examined| {
                examined.progress = Some(Progress::Reading {
                    read,
                    keys: keys.unwrap_or(read),
                });
            }),
            Stage::SeenOnce(health) => {
                let last = Examination {
                    health: health.document(&trouble),
                    looked_at: examiner.inspector.now(),
                    doctor: None,
                    trouble: Vec::new(),
                };
                examiner.examined.send_modify(|examined| {
                    examined.last = Some(Arc::new(last));
                    let until = Instant::now() + BETWEEN_LOOKS;
                    examined.progress = Some(Progress::Waiting { until });
                });
            }
        };
        doctor.examine(looks, report).await?;
        Ok(Examination::new(doctor, trouble, examiner.inspector.now()))
    }

    fn end(&mut self, error: Option<Error>) {
        if !self.over {
            self.over = true;
            self.examiner.examined.send_modify(|examined| {
                examined.progress = None;
                examined.error = error;
            });
        }
    }
}

/// After a panic, or with the runtime.
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.end(None);
    }
}
