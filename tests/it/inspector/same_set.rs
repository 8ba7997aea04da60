//! A look, a dry run and the change itself are about the same tasks in the same order, whatever arrives and departs
//! while the change goes on.

use std::collections::BTreeSet;

use fastrand::Rng;
use qctl::broker::keys::QueueKeys;
use qctl::inspector::{Access, Expression, Filter, Inspector, Options, Plan, Selection};
use qctl::task::State;
use qctl::task::transition::{Action, After};

use crate::broker::{Lab, now};

const ROUNDS: u64 = 16;

/// One random case.
struct Case {
    rng: Rng,
    state: State,
    action: Action,
    selection: Selection,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let states = [
            State::Pending,
            State::Scheduled,
            State::Retry,
            State::Archived,
            State::Completed,
        ];
        let state = states[rng.usize(..states.len())];
        let actions = [Action::Retry, Action::Archive, Action::Delete];
        let actions: Vec<Action> = actions
            .into_iter()
            .filter(|action| state.after(*action).is_ok())
            .collect();
        let action = actions[rng.usize(..actions.len())];
        let mut selection = Selection::queue("default").unwrap().state(state);
        let expressions = [
            None,
            Some(r#".id | endswith("3")"#),
            Some(r#".id < "x01000" or (.id | endswith("7"))"#),
        ];
        if let Some(text) = expressions[rng.usize(..expressions.len())] {
            let mut filter = Filter::default();
            filter.expression = Some(Expression::new(text).unwrap());
            selection = selection.filter(filter);
        }
        if rng.bool() {
            selection = selection.limit(rng.u64(1..1_500));
        }
        Self {
            rng,
            state,
            action,
            selection,
        }
    }

    fn options(dry_run: bool, ids: bool) -> Options {
        let mut options = Options::default();
        options.dry_run = dry_run;
        options.allow_trim = true;
        options.ids = ids;
        options
    }

    /// What other clients do between two steps. Returns the ids that left the container.
    fn churn(&mut self, lab: &Lab, round: usize) -> Vec<String> {
        let Self { rng, state, .. } = self;
        for prefix in ["a", "z"] {
            // The first sort before the others, the last behind them.
            let arrivals = rng.usize(1..60);
            lab.fill(*state, arrivals, &format!("{prefix}{round}-"));
        }
        let departures = rng.usize(0..200);
        if *state == State::Pending {
            // What a server puts back comes to the end at which tasks are taken.
            let returned = format!("returned-{round}");
            lab.fill_one(State::Pending, &returned);
            lab.redis.cmd(&[
                "LMOVE",
                &lab.keys.pending(),
                &lab.keys.pending(),
                "LEFT",
                "RIGHT",
            ]);
            let departures = departures.to_string();
            let popped = lab.redis.query(&["RPOP", &lab.keys.pending(), &departures]);
            return Option::unwrap_or_default(popped);
        }
        let key = container(&lab.keys, *state);
        let ids: Vec<String> = lab.redis.query(&["ZRANGE", &key, "0", "-1"]);
        let gone: Vec<String> = ids
            .into_iter()
            .filter(|_| rng.usize(..1_000) < departures)
            .collect();
        for id in &gone {
            lab.redis.cmd(&["ZREM", &key, id]);
        }
        gone
    }
}

fn container(keys: &QueueKeys, state: State) -> String {
    match state {
        State::Scheduled => keys.scheduled(),
        State::Retry => keys.retry(),
        State::Archived => keys.archived(),
        State::Completed => keys.completed(),
        State::Aside => keys.aside(),
        State::Pending | State::Active | State::Aggregating => keys.pending(),
    }
}

async fn listed(inspector: &Inspector, selection: &Selection) -> Vec<String> {
    let mut listing = inspector.list(selection).await.unwrap();
    let mut ids = Vec::new();
    while let Some(page) = listing.next(now()).await.unwrap() {
        ids.extend(page.into_iter().map(|task| task.id.to_string()));
    }
    ids
}

/// Does a plan to its end; `meanwhile` happens after each step.
async fn perform(mut plan: Plan, mut meanwhile: impl FnMut(usize)) -> (Vec<String>, Plan) {
    let (mut changed, mut steps) = (Vec::new(), 0);
    while let Some(step) = plan.step(now()).await.unwrap() {
        changed.extend(step.ids.iter().map(ToString::to_string));
        steps += 1;
        assert!(steps < 10_000, "it does not end");
        meanwhile(steps);
    }
    (changed, plan)
}

/// What changes whole containers without reading their ids once more, and stops doing so when they change.
#[tokio::test]
async fn without_ids_the_same_tasks_are_changed() {
    for seed in 0..ROUNDS {
        let mut case = Case::new(seed);
        case.selection.filter = Filter::default();
        case.selection.limit = None;
        let what = format!("seed {seed}: {:?} {}", case.action, case.state);
        let lab = Lab::start().await;
        lab.redis.cmd(&["SADD", "asynq:queues", "default"]);
        lab.fill(case.state, case.rng.usize(2..2_600), "x");
        let inspector = Inspector::new(lab.broker.clone(), Access::Full);
        let before = listed(&inspector, &case.selection).await;
        let plan = inspector.plan(case.action, &case.selection, Case::options(true, false));
        let (_, plan) = perform(plan.await.unwrap(), |_| {}).await;
        assert_eq!(plan.outcome().would_change, before.len() as u64, "{what}");
        let plan = inspector.plan(case.action, &case.selection, Case::options(false, false));
        let mut gone = BTreeSet::new();
        let quiet = case.rng.usize(0..4);
        let (_, plan) = perform(plan.await.unwrap(), |step| {
            if step > quiet {
                gone.extend(case.churn(&lab, step));
            }
        })
        .await;
        let left = listed(&inspector, &case.selection).await;
        let left: BTreeSet<&String> = left.iter().collect();
        for id in &before {
            assert!(!left.contains(id), "{what}: {id} was passed by");
        }
        let lost = before.iter().filter(|id| gone.contains(*id)).count() as u64;
        let outcome = plan.outcome();
        let accounted = outcome.changed + outcome.skipped.moved;
        assert_eq!(accounted, before.len() as u64, "{what}");
        assert!(outcome.skipped.moved <= lost, "{what}");
    }
}

#[tokio::test]
async fn a_look_a_dry_run_and_the_change_are_about_the_same_tasks() {
    for seed in 0..ROUNDS {
        let mut case = Case::new(seed);
        let what = format!("seed {seed}: {:?} {}", case.action, case.state);
        let lab = Lab::start().await;
        lab.broker.pause(&lab.queue, now()).await.unwrap();
        lab.redis.cmd(&["SADD", "asynq:queues", "default"]);
        let size = case.rng.usize(1..2_600);
        lab.fill(case.state, size, if size == 1 { "x00001" } else { "x" });
        let inspector = Inspector::new(lab.broker.clone(), Access::Full);

        let shown = listed(&inspector, &case.selection).await;
        let plan = inspector.plan(case.action, &case.selection, Case::options(true, true));
        let (dry, dry_plan) = perform(plan.await.unwrap(), |_| {}).await;
        assert_eq!(dry, shown, "{what}: the dry run differs from the list");
        let dry = dry_plan.outcome();
        assert_eq!(
            (dry.matched, dry.would_change),
            (shown.len() as u64, shown.len() as u64)
        );
        assert_eq!(
            (dry.changed, dry.skipped.moved, dry.failed),
            (0, 0, 0),
            "{what}"
        );

        let plan = inspector.plan(case.action, &case.selection, Case::options(false, true));
        let plan = plan.await.unwrap();
        let mut gone = BTreeSet::new();
        let (changed, plan) = perform(plan, |step| gone.extend(case.churn(&lab, step))).await;
        let outcome = plan.outcome();
        let set: BTreeSet<&String> = shown.iter().collect();
        let done: BTreeSet<&String> = changed.iter().collect();
        assert_eq!(done.len(), changed.len(), "{what}: each once");
        assert!(done.is_subset(&set), "{what}: only tasks of the selection");
        for id in set.difference(&done) {
            assert!(gone.contains(*id), "{what}: {id} was passed by");
        }
        assert_eq!(outcome.matched, shown.len() as u64, "{what}");
        assert_eq!(outcome.changed, changed.len() as u64, "{what}");
        assert_eq!(
            outcome.skipped.moved,
            outcome.matched - outcome.changed,
            "{what}"
        );
        assert_eq!(outcome.failed, 0, "{what}: {:?}", outcome.failures);
        let after = match case.state.after(case.action).unwrap() {
            After::In(state) => state.name(),
            After::Gone => "",
        };
        // The archive keeps its newest tasks only.
        for id in changed.iter().rev().take(500) {
            let state = lab.redis.query::<Option<String>>(&[
                "HGET",
                &lab.keys.task(&id.parse().unwrap()),
                "state",
            ]);
            assert_eq!(state.unwrap_or_default(), after, "{what}: {id}");
        }
    }
}
