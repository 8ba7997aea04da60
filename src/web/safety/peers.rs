//! Addresses of peers: who may connect, and which proxies are believed.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

/// The two ends of a connection. `serve` adds it to each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) peer: Peer,
    /// The address that the peer has connected to, if it is known.
    pub(crate) local: Option<IpAddr>,
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    Ip(IpAddr),
    /// A process on this machine, over a Unix socket.
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "axum knows no such peers")
    )]
    Unix,
}

impl Peer {
    const fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(ip),
            Self::Unix => None,
        }
    }
}

impl Ends {
    /// The ends of the connection of a request; in an application that mounts the page, those that axum knows.
    pub(crate) fn of(extensions: &Extensions) -> Option<Self> {
        let known = extensions.get::<Self>().copied();
        known.or_else(|| {
            let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
            let peer = Peer::Ip(peer.ip().to_canonical());
            Some(Self { peer, local: None })
        })
    }
}

/// A list of addresses and networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Peers {
    networks: Vec<IpNet>,
    unix: bool,
}

impl Peers {
    /// Reads addresses and networks, such as `10.0.0.0/8`, and `unix` for peers on a Unix socket.
    ///
    /// # Errors
    /// The text that is neither.
    pub(crate) fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut peers = Self::default();
        for text in texts {
            if text == "unix" {
                peers.unix = true;
                continue;
            }
            let address = text.parse::<IpAddr>().ok().map(IpNet::from);
            let network = address.or_else(|| text.parse().ok());
            peers.networks.push(network.ok_or_else(|| text.to_owned())?);
        }
        Ok(peers)
    }

    pub(crate) fn contain(&self, peer: Peer) -> bool {
        match peer {
            Peer::Ip(ip) => self.networks.iter().any(|network| network.contains(&ip)),
            Peer::Unix => self.unix,
        }
    }

    /// The address of the client of a request. Only if the peer is one of these proxies, `X-Forwarded-For` counts: its
    /// last address that is not itself one of these proxies, since what stands before it may come from the client.
    pub(crate) fn client(&self, peer: Peer, headers: &HeaderMap) -> Option<IpAddr> {
        let mut client = peer;
        let forwarded = headers.get_all("x-forwarded-for").iter();
        let forwarded: Vec<&str> = forwarded.filter_map(|value| value.to_str().ok()).collect();
        let forwarded = forwarded.join(",");
        let mut addresses = forwarded.rsplit(',');
        while self.contain(client) {
            let address = addresses
                .next()
                .and_then(|text| text.trim().parse::<IpAddr>().ok());
            let Some(address) = address else { break };
            client = Peer::Ip(address.to_canonical());
        }
        client.ip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(texts: &[&str]) -> Peers {
        Peers::read(texts.iter().copied()).unwrap()
    }

    fn ip(text: &str) -> Peer {
        Peer::Ip(text.parse().unwrap())
    }

    #[test]
    fn lists_hold_addresses_networks_and_unix_sockets() {
        let some = peers(&["10.0.0.0/8", "192.168.1.7", "fd00::/8", "unix"]);
        for inside in ["10.255.0.1", "192.168.1.7", "fd12::1"] {
            assert!(some.contain(ip(inside)), "{inside}");
        }
        for outside in ["11.0.0.1", "192.168.1.8", "::1"] {
            assert!(!some.contain(ip(outside)), "{outside}");
        }
        assert!(some.contain(Peer::Unix) && !peers(&["::/0"]).contain(Peer::Unix));
        assert_eq!(Peers::read(["10.0.0.0/33"]), Err("10.0.0.0/33".to_owned()));
    }

    #[test]
    fn only_listed_proxies_name_the_client() {
        let proxies = peers(&["10.0.0.0/8"]);
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "1.1.1.1, 2.2.2.2".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.9".parse().unwrap());
        let client = |peer: &str| proxies.client(ip(peer), &headers).unwrap().to_string();
        assert_eq!(client("10.0.0.1"), "2.2.2.2");
        assert_eq!(client("9.9.9.9"), "9.9.9.9");
        headers.insert("x-forwarded-for", "nonsense".parse().unwrap());
        assert_eq!(
            proxies.client(ip("10.0.0.1"), &headers),
            ip("10.0.0.1").ip()
        );
    }
}
