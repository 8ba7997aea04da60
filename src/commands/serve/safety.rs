//! Who may use the page, from the settings.

use crate::config::{AuthPlan, ServePlan};
use crate::error::{Exit, Failure};
use crate::web::{Auth, Cookie, Hosts, Peers, Safety, Secret, Users};

pub(super) fn safety(plan: &ServePlan, cookie: Cookie) -> Result<Safety, Failure> {
    let hosts = Hosts::local_and(plan.allow_hosts.iter().map(String::as_str));
    let hosts = hosts.map_err(|text| {
        let what = format!("{text:?} is not a host name");
        Failure::usage(
            what,
            "--allow-host takes a name without a port, for example tools.example.com",
        )
    })?;
    let proxies = Peers::read(plan.trusted_proxies.iter().map(String::as_str));
    let proxies = proxies.map_err(|text| {
        let what = format!("{text:?} is not an address or a network");
        Failure::usage(what, "for example: --trusted-proxy 10.0.0.0/8")
    })?;
    Ok(Safety {
        auth: auth(&plan.auth)?,
        metrics_token: plan.metrics_token.as_ref().map(Secret::new),
        hosts,
        peers: None,
        proxies,
        cookie,
    })
}

fn auth(plan: &AuthPlan) -> Result<Auth, Failure> {
    match plan {
        AuthPlan::Token(Some(token)) => Ok(Auth::Token(Secret::new(token))),
        AuthPlan::Token(None) => Secret::random().map(Auth::Token).map_err(|error| {
            let what = format!("the system has no random numbers for a token ({error})");
            Failure::new(Exit::Failed, what).with_hint("pass a token with --auth-file")
        }),
        AuthPlan::Basic { text, path } => Users::read(text).map(Auth::Basic).map_err(|mistake| {
            let what = format!("cannot use {:?} ({mistake})", path.display().to_string());
            Failure::usage(what, "each line is NAME:PASSWORD")
        }),
        AuthPlan::ProxyHeader(name) => name.parse().map(Auth::Proxy).map_err(|_| {
            let what = format!("{name:?} is not the name of a header");
            Failure::usage(what, "for example: --proxy-header X-Forwarded-User")
        }),
        AuthPlan::Nothing => Ok(Auth::Nothing),
    }
}
