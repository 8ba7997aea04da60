//! A named connection.

use std::time::Duration;

use super::{document, serde_fmt};

document! {
    /// A named connection. Besides `current`, the keys of its table in the file of contexts.
    pub(crate) struct ContextDocument {
        name: String,
        current: bool,
        read_only: bool,
        protected: bool,
        /// Without passwords; variables are not expanded.
        url: Option<String>,
        password_file: Option<String>,
        /// Instead of `url`: `HOST:PORT` of each Sentinel, and in the next four what the URL would say.
        sentinels: Option<Vec<String>>,
        master: Option<String>,
        user: Option<String>,
        db: Option<u32>,
        tls: Option<bool>,
        sentinel_tls: Option<bool>,
        sentinel_user: Option<String>,
        /// `***` if one is written in the file.
        sentinel_password: Option<&'static str>,
        sentinel_password_file: Option<String>,
        tls_ca: Option<String>,
        tls_cert: Option<String>,
        tls_key: Option<String>,
        tls_server_name: Option<String>,
        insecure: bool,
        #[serde(serialize_with = "serde_fmt::seconds")]
        timeout_seconds: Option<Duration>,
    }
}
