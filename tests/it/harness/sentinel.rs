//! A primary, its replica, and the three Sentinels that watch them.
//!
//! The Sentinels are told of each other and of the replica, which they would take seconds to discover.

use std::sync::Arc;

use super::redis::{
    self, Builder, ClientCertificate, HARNESS_PASSWORD, HARNESS_USER, Redis, free_port,
};
use super::{SOON, eventually};

/// The name that the Sentinels have for the primary.
pub(crate) const MASTER: &str = "main";

/// The user of clients, without a password: a server that is cut off must not let the Sentinels in as nobody.
pub(crate) const CLIENT: &str = "app";

/// The user by which Sentinels know the servers. A test that switches it off cuts a server off from them.
pub(crate) const WATCHER: &str = "watcher";

const SENTINELS: usize = 3;

pub(crate) struct Trio {
    /// The primary at first, and its replica.
    servers: [Redis; 2],
    sentinels: Vec<Redis>,
    tls: bool,
}

/// A trio to be.
#[must_use = "nothing runs before `start`"]
pub(crate) struct Trios {
    server: fn() -> Builder,
    sentinel: fn() -> Builder,
    tls: bool,
}

fn open_server() -> Builder {
    Redis::with().config(&format!("user {CLIENT} on nopass ~* &* +@all"))
}

impl Trios {
    /// Lines for the configuration of each server.
    pub(crate) fn servers(mut self, server: fn() -> Builder) -> Self {
        self.server = server;
        self
    }

    pub(crate) fn sentinels(mut self, sentinel: fn() -> Builder) -> Self {
        self.sentinel = sentinel;
        self
    }

    /// The Sentinels watch the encrypted ports of the servers.
    pub(crate) fn over_tls(mut self) -> Self {
        self.tls = true;
        self
    }

    pub(crate) fn start(self) -> Trio {
        let authority = Arc::new(redis::authority());
        let member = |builder: Builder| {
            if !self.tls {
                return builder;
            }
            builder
                .config("tls-replication yes")
                .tls(ClientCertificate::Required)
                .signed_by(&authority)
        };
        let server = || {
            member((self.server)())
                .config("user default off")
                .config(&format!(
                    "user {WATCHER} on >{HARNESS_PASSWORD} ~* &* +@all"
                ))
                .config(&format!("masteruser {HARNESS_USER}"))
                .config(&format!("masterauth {HARNESS_PASSWORD}"))
        };
        let primary = server().start();
        let port = if self.tls {
            primary.tls().port
        } else {
            primary.port()
        };
        let replica = server()
            .config(&format!("replicaof 127.0.0.1 {port}"))
            .start();
        eventually(SOON, || {
            let info: String = replica.query(&["INFO", "replication"]);
            info.contains("master_link_status:up").then_some(())
        });
        let mut trio = Trio {
            servers: [primary, replica],
            sentinels: Vec::new(),
            tls: self.tls,
        };
        let ids: Vec<(u16, String)> = (1..=SENTINELS)
            .map(|n| (free_port(), n.to_string().repeat(40)))
            .collect();
        for place in 0..SENTINELS {
            let sentinel = trio.sentinel(member((self.sentinel)()), &ids, place);
            trio.sentinels.push(sentinel.start());
        }
        trio.is_well();
        trio
    }
}

impl Trio {
    pub(crate) fn start() -> Self {
        Self::with().start()
    }

    pub(crate) fn with() -> Trios {
        Trios {
            server: open_server,
            sentinel: Redis::with,
            tls: false,
        }
    }

    /// The configuration of one of the Sentinels, which know each other by these ports and ids.
    fn sentinel(&self, builder: Builder, ids: &[(u16, String)], place: usize) -> Builder {
        let [primary, replica] = self.servers.each_ref().map(|server| self.port_of(server));
        let watched = [
            format!("monitor {MASTER} 127.0.0.1 {primary} 2"),
            format!("auth-user {MASTER} {WATCHER}"),
            format!("auth-pass {MASTER} {HARNESS_PASSWORD}"),
            // Long enough for a busy machine, short enough for tests that kill a server.
            format!("down-after-milliseconds {MASTER} 700"),
            format!("failover-timeout {MASTER} 3000"),
            format!("known-replica {MASTER} 127.0.0.1 {replica}"),
            // How Sentinels greet each other.
            format!("sentinel-user {HARNESS_USER}"),
            format!("sentinel-pass {HARNESS_PASSWORD}"),
            format!("myid {}", ids[place].1),
        ];
        let others = ids.iter().enumerate().filter(|(other, _)| *other != place);
        let others =
            others.map(|(_, (port, id))| format!("known-sentinel {MASTER} 127.0.0.1 {port} {id}"));
        let mut builder = builder.sentinel().port(ids[place].0);
        for line in watched.into_iter().chain(others) {
            builder = builder.config(&format!("sentinel {line}"));
        }
        builder
    }

    fn port_of(&self, server: &Redis) -> u16 {
        if self.tls {
            server.tls().port
        } else {
            server.port()
        }
    }

    /// Waits until every Sentinel that runs sees a primary, a replica and the other Sentinels.
    #[track_caller]
    pub(crate) fn is_well(&self) {
        eventually(SOON, || {
            let sees = |sentinel: &Redis| -> Option<()> {
                let facts: Vec<String> =
                    sentinel.try_query(&["SENTINEL", "MASTER", MASTER]).ok()?;
                let fact = |name: &str| {
                    let place = facts.iter().position(|fact| fact == name)?;
                    facts.get(place + 1).cloned()
                };
                let replicas: Vec<Vec<String>> =
                    sentinel.try_query(&["SENTINEL", "REPLICAS", MASTER]).ok()?;
                let replica_is_up = replicas.iter().flatten().any(|fact| fact == "ok");
                let well = fact("flags")? == "master" && replica_is_up;
                well.then_some(())
            };
            self.sentinels.iter().map(sees).collect::<Option<()>>()
        });
    }

    /// The address of one of the servers itself.
    pub(crate) fn server_url(&self, place: usize) -> String {
        format!("redis://{CLIENT}:@127.0.0.1:{}", self.servers[place].port())
    }

    /// The address, with all Sentinels in it. With TLS, the Sentinels are asked without.
    pub(crate) fn url(&self) -> String {
        let places = self.sentinels.iter().map(Redis::port);
        let places: Vec<String> = places.map(|port| format!("127.0.0.1:{port}")).collect();
        let scheme = if self.tls { "rediss" } else { "redis" };
        let sentinel_tls = if self.tls { "&sentinel_tls=false" } else { "" };
        format!(
            "{scheme}-sentinel://{CLIENT}:@{}/0?master={MASTER}{sentinel_tls}",
            places.join(",")
        )
    }

    pub(crate) fn sentinels(&self) -> &[Redis] {
        &self.sentinels
    }

    pub(crate) fn sentinel_mut(&mut self, place: usize) -> &mut Redis {
        &mut self.sentinels[place]
    }

    /// The server that was the primary at first, or the other one.
    pub(crate) fn server(&self, place: usize) -> &Redis {
        &self.servers[place]
    }

    pub(crate) fn server_mut(&mut self, place: usize) -> &mut Redis {
        &mut self.servers[place]
    }

    /// The place of the server that a Sentinel names.
    pub(crate) fn named_by(&self, sentinel: usize) -> Option<usize> {
        let ask = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER];
        let (_, port): (String, u16) = self.sentinels[sentinel].try_query(&ask).ok()?;
        self.servers
            .iter()
            .position(|server| self.port_of(server) == port)
    }

    /// The server that the first Sentinel names.
    pub(crate) fn primary(&self) -> &Redis {
        &self.servers[self.named_by(0).expect("a Sentinel that names a server")]
    }

    /// Waits until every Sentinel names this server, which calls itself a primary.
    #[track_caller]
    pub(crate) fn has_primary(&self, place: usize) {
        eventually(SOON, || {
            let all = (0..SENTINELS).all(|sentinel| self.named_by(sentinel) == Some(place));
            (all && self.role(place) == "master").then_some(())
        });
    }

    /// What a server calls itself; empty while it does not answer.
    pub(crate) fn role(&self, place: usize) -> String {
        let facts: ::redis::RedisResult<Vec<::redis::Value>> =
            self.servers[place].try_query(&["ROLE"]);
        let role = facts
            .ok()
            .and_then(|facts| ::redis::from_redis_value_ref(&facts[0]).ok());
        role.unwrap_or_default()
    }

    /// Waits until a server follows the other one.
    #[track_caller]
    pub(crate) fn follows(&self, place: usize) {
        eventually(SOON, || (self.role(place) == "slave").then_some(()));
    }

    /// Waits until no Sentinel thinks that the primary is down or that a failover goes on.
    #[track_caller]
    pub(crate) fn is_settled(&self) {
        eventually(SOON, || {
            let settled = |sentinel: &Redis| -> Option<bool> {
                let facts: Vec<String> =
                    sentinel.try_query(&["SENTINEL", "MASTER", MASTER]).ok()?;
                let flags = facts.iter().position(|fact| fact == "flags")? + 1;
                Some(facts.get(flags)? == "master")
            };
            let all = self
                .sentinels
                .iter()
                .map(settled)
                .collect::<Option<Vec<_>>>()?;
            all.into_iter().all(|settled| settled).then_some(())
        });
    }

    /// Waits until a replica has what its primary has.
    #[track_caller]
    pub(crate) fn has_followed(&self, replica: usize) {
        eventually(SOON, || {
            self.is_followed_by(replica).filter(|has_all| *has_all)
        });
    }

    /// Whether a replica has what its primary had a moment before; `None` if one of them does not say.
    pub(crate) fn is_followed_by(&self, replica: usize) -> Option<bool> {
        let fact = |place: usize, name: &str| -> Option<String> {
            let info: String = self.servers[place]
                .try_query(&["INFO", "replication"])
                .ok()?;
            let line = info.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().to_owned())
        };
        let number = |place: usize, name: &str| fact(place, name)?.parse::<u64>().ok();
        let written = number(1 - replica, "master_repl_offset:")?;
        let linked = fact(replica, "master_link_status:")? == "up";
        Some(linked && number(replica, "slave_repl_offset:")? >= written)
    }

    /// Has the Sentinels make the replica the primary, as an administrator does. Returns at once.
    pub(crate) fn fail_over(&self) {
        // Sentinels refuse while they think that a failover goes on, or that no replica is good enough.
        eventually(SOON, || {
            let ask = ["SENTINEL", "FAILOVER", MASTER];
            self.sentinels[0].try_query::<()>(&ask).ok()
        });
    }

    /// Has a Sentinel name the first primary again, as one does that has missed the failover, and keeps it from
    /// hearing of it.
    pub(crate) fn forget_failover(&self, sentinel: usize) {
        let (asked, port) = (&self.sentinels[sentinel], self.port_of(&self.servers[0]));
        asked.cmd(&["SENTINEL", "REMOVE", MASTER]);
        asked.cmd(&[
            "SENTINEL",
            "MONITOR",
            MASTER,
            "127.0.0.1",
            &port.to_string(),
            "2",
        ]);
    }

    /// Cuts a server off from the Sentinels and the other server, while all its clients stay connected.
    pub(crate) fn partition(&self, place: usize) {
        let server = &self.servers[place];
        server.cmd(&["ACL", "SETUSER", WATCHER, "off"]);
        server.cmd(&["CLIENT", "KILL", "TYPE", "replica"]);
        server.cmd(&["CLIENT", "KILL", "USER", WATCHER]);
    }
}
