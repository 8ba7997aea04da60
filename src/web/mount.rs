//! The page in an application that uses axum.

use axum::Router;

use super::root_path::RootPath;
use super::routes::router;
use super::safety::{Auth, Cookie, Hosts, Peers, Safety, Secret, Users};
use super::state::{Settings, Shared};
use crate::inspector::trouble::Thresholds;
use crate::inspector::{Access, Inspector};
use crate::library::Client;

/// The page of `qctl serve` as a router, to be mounted in an application that uses axum 0.8.
///
/// Who may use it has no default: whoever reaches the page can delete tasks. The router checks the address of the peer,
/// so serve the application with `into_make_service_with_connect_info`.
///
/// ```no_run
/// use std::net::SocketAddr;
///
/// use qctl::{Client, Page, PageAuth};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::connect("redis://127.0.0.1:6379").await?;
/// let page = Page::builder(&client)
///     .root_path("/monitoring")
///     .auth(PageAuth::Token(std::fs::read_to_string("page.token")?))
///     .hosts(["tools.example.com"])
///     .peers(["127.0.0.1", "10.0.0.0/8"])
///     .build()?;
/// let app = axum::Router::new().merge(page);
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Page(());

impl Page {
    /// The settings of a page for the client's Redis.
    pub fn builder(client: &Client) -> PageBuilder {
        PageBuilder {
            client: client.clone(),
            root_path: String::new(),
            auth: None,
            hosts: Vec::new(),
            peers: Vec::new(),
            proxies: Vec::new(),
            secure_cookie: false,
            read_only: false,
        }
    }
}

/// How the users of a page log in.
#[derive(Clone)]
#[non_exhaustive]
pub enum PageAuth {
    /// By a token of at least 16 characters. White space around it is ignored.
    Token(String),
    /// By name and password: lines of `NAME:PASSWORD`.
    Users(String),
    /// By the name that a proxy writes into this header. The proxy is one of [`PageBuilder::proxies`].
    ProxyHeader(String),
}

/// Secrets are not printed.
impl std::fmt::Debug for PageAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token(…)",
            Self::Users(_) => "Users(…)",
            Self::ProxyHeader(_) => "ProxyHeader(…)",
        })
    }
}

/// Settings of a [`Page`].
#[derive(Debug)]
#[must_use = "nothing is served before `build`"]
pub struct PageBuilder {
    client: Client,
    root_path: String,
    auth: Option<MountedAuth>,
    hosts: Vec<String>,
    peers: Vec<String>,
    proxies: Vec<String>,
    secure_cookie: bool,
    read_only: bool,
}

#[derive(Debug)]
enum MountedAuth {
    Own(PageAuth),
    OfApplication,
}

/// A setting of a page that is missing or cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// Nothing says who may use the page.
    #[error("call auth, or behind_my_own_auth if the application checks who sends requests")]
    NoAuth,
    /// No host name is listed.
    #[error("call hosts with the names under which the application is visited")]
    NoHosts,
    /// No peer is listed.
    #[error("call peers with the addresses that may connect")]
    NoPeers,
    /// A user is known by a header, but no proxy is listed.
    #[error("call proxies with the addresses of the proxy that writes the header")]
    NoProxies,
    /// The token is too short.
    #[error("the token has fewer than {MIN_TOKEN_CHARS} characters")]
    ShortToken,
    /// The users cannot be read.
    #[error("the users cannot be read ({0})")]
    Users(String),
    /// This is no name of a header.
    #[error("{0:?} is not the name of a header")]
    Header(String),
    /// This is no host name.
    #[error("{0:?} is not a host name without a port")]
    Host(String),
    /// This is no address and no network.
    #[error("{0:?} is not an address or a network")]
    Peer(String),
    /// The root path is not exact.
    #[error("{0}")]
    RootPath(String),
}

const MIN_TOKEN_CHARS: usize = 16;

impl PageBuilder {
    /// The path below which all pages are, such as `/monitoring`; the default is the top. Merge the router, do not nest
    /// it: it has this path already.
    pub fn root_path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.root_path);
        self
    }

    /// How users log in.
    pub fn auth(mut self, auth: PageAuth) -> Self {
        self.auth = Some(MountedAuth::Own(auth));
        self
    }

    /// The application checks who sends requests before they reach the page. The page accepts everybody.
    pub fn behind_my_own_auth(mut self) -> Self {
        self.auth = Some(MountedAuth::OfApplication);
        self
    }

    /// The names under which the application is visited, without ports. Other values of `Host` are refused.
    pub fn hosts(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.hosts.extend(names.into_iter().map(Into::into));
        self
    }

    /// Addresses and networks that may connect, such as `10.0.0.0/8`. Everybody is `0.0.0.0/0` and `::/0`.
    pub fn peers(mut self, peers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.peers.extend(peers.into_iter().map(Into::into));
        self
    }

    /// Addresses and networks of proxies whose headers about their clients are believed.
    pub fn proxies(mut self, proxies: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.proxies.extend(proxies.into_iter().map(Into::into));
        self
    }

    /// Sends the cookie of a login over TLS only. Set it if the application is visited over TLS.
    pub fn secure_cookie(mut self) -> Self {
        self.secure_cookie = true;
        self
    }

    /// Leaves out all routes that change something.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// The router. Its event streams end with their connections, so an application that stops gracefully limits how
    /// long it waits for them.
    ///
    /// # Errors
    /// If a setting is missing or cannot be used.
    pub fn build(self) -> Result<Router, PageError> {
        let auth = match self.auth.ok_or(PageError::NoAuth)? {
            MountedAuth::Own(auth) => own_auth(auth)?,
            MountedAuth::OfApplication => Auth::Nothing,
        };
        if self.hosts.is_empty() {
            return Err(PageError::NoHosts);
        }
        if self.peers.is_empty() {
            return Err(PageError::NoPeers);
        }
        if matches!(auth, Auth::Proxy(_)) && self.proxies.is_empty() {
            return Err(PageError::NoProxies);
        }
        let peers = |texts: &[String]| {
            let read = Peers::read(texts.iter().map(String::as_str));
            read.map_err(PageError::Peer)
        };
        let root_path = RootPath::read(&self.root_path);
        let root_path = root_path.map_err(|error| PageError::RootPath(error.to_string()))?;
        let safety = Safety {
            auth,
            metrics_token: None,
            hosts: Hosts::only(self.hosts.iter().map(String::as_str)).map_err(PageError::Host)?,
            peers: Some(peers(&self.peers)?),
            proxies: peers(&self.proxies)?,
            cookie: Cookie::new(None, root_path.as_str(), self.secure_cookie),
        };
        let access = if self.read_only {
            Access::ReadOnly
        } else {
            Access::Full
        };
        let inspector = Inspector::new(self.client.broker().clone(), access);
        let settings = Settings {
            root_path,
            redis: String::new(),
            read_only: self.read_only,
            protected: None,
            thresholds: Thresholds::default(),
            safety,
        };
        Ok(router(&Shared::new(inspector, settings)))
    }
}

fn own_auth(auth: PageAuth) -> Result<Auth, PageError> {
    match auth {
        PageAuth::Token(token) => match token.trim() {
            short if short.chars().count() < MIN_TOKEN_CHARS => Err(PageError::ShortToken),
            token => Ok(Auth::Token(Secret::new(token))),
        },
        PageAuth::Users(text) => Users::read(&text)
            .map(Auth::Basic)
            .map_err(PageError::Users),
        PageAuth::ProxyHeader(name) => {
            let header = name.parse().map(Auth::Proxy);
            header.map_err(|_| PageError::Header(name))
        }
    }
}
