//! `[handlers."TYPE"]` with `http`: what is sent where. Files and variables are read when a worker starts, not when the
//! configuration is.

mod headers_file;
pub(super) mod written; // values, checked while they are read

use std::path::{Path, PathBuf};

use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use crate::config::{text, variable};
use crate::tls::{self, Tls};
use crate::worker::handlers::http::{
    BreakerSettings, Endpoint, Format, HttpSettings, Secrets, Statuses,
};

/// An endpoint. Relative paths in the file start at the file's folder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HttpConfig {
    pub endpoint: Endpoint,
    pub format: Format,
    pub statuses: Statuses,
    /// The values may contain `${VARIABLE}`.
    pub headers: Vec<(HeaderName, String)>,
    /// More headers, one a line.
    pub headers_file: Option<PathBuf>,
    pub secret_file: Option<PathBuf>,
    pub tls_ca: Option<PathBuf>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub breaker: BreakerSettings,
}

impl HttpConfig {
    /// The same, if its parts fit together.
    pub(super) fn checked(self) -> Result<Self, String> {
        let tls = [
            ("tls_ca", &self.tls_ca),
            ("tls_cert", &self.tls_cert),
            ("tls_key", &self.tls_key),
        ];
        if let Some((key, _)) = tls.iter().find(|(_, path)| path.is_some())
            && !self.endpoint.uses_tls()
        {
            return Err(format!("{key} has no effect with http://: use https://"));
        }
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err("tls_cert and tls_key must be set together".to_owned());
        }
        let mut names = self.headers.iter().map(|(name, _)| name);
        if names.any(|name| self.has_login_beside(name)) {
            return Err(
                "the URL has a login, and headers has authorization: remove one".to_owned(),
            );
        }
        Ok(self)
    }

    /// Whether the URL says what this header would.
    fn has_login_beside(&self, name: &HeaderName) -> bool {
        self.endpoint.login.is_some() && *name == AUTHORIZATION
    }

    /// The files that it names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let paths = [
            &self.headers_file,
            &self.secret_file,
            &self.tls_ca,
            &self.tls_cert,
            &self.tls_key,
        ];
        paths.into_iter().flatten()
    }

    /// What these files hold, as far as they can be read.
    pub(crate) fn contents(&self) -> Vec<Vec<u8>> {
        let read = |path: &PathBuf| bytes("", path).unwrap_or_default();
        self.files().map(read).collect()
    }

    pub(super) fn seen_from(mut self, folder: &Path) -> Self {
        let paths = [
            &mut self.headers_file,
            &mut self.secret_file,
            &mut self.tls_ca,
            &mut self.tls_cert,
            &mut self.tls_key,
        ];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&path);
        }
        self
    }

    /// The settings, with what files and variables hold. The error is a text for people.
    pub(crate) fn settings(&self) -> Result<HttpSettings, String> {
        let secrets = self.secret_file.as_deref().map(secrets).transpose()?;
        let tls = self.endpoint.uses_tls().then(|| self.tls()).transpose()?;
        Ok(HttpSettings {
            endpoint: self.endpoint.clone(),
            tls: tls.map(|tls| tls::connector(&tls)).transpose()?,
            format: self.format,
            headers: self.headers()?,
            secrets,
            statuses: self.statuses.clone(),
        })
    }

    fn tls(&self) -> Result<Tls, String> {
        let identity = match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Some((
                bytes("the TLS certificate", cert)?,
                bytes("the TLS key", key)?,
            )),
            (Some(_) | None, None) | (None, Some(_)) => None,
        };
        let ca = self.tls_ca.as_deref();
        Ok(Tls {
            ca: ca.map(|path| bytes("the TLS CA", path)).transpose()?,
            identity,
            ..Tls::default()
        })
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let headers = self.headers.iter().map(|(name, value)| {
            let wrong = |what: String| format!("header {name}: {what}");
            let value = HeaderValue::try_from(expanded(value).map_err(wrong)?);
            let mut value = value.map_err(|_| wrong("its value has a control character".into()))?;
            value.set_sensitive(true);
            Ok((name.clone(), value))
        });
        let mut headers: HeaderMap = headers.collect::<Result<_, String>>()?;
        let Some(path) = &self.headers_file else {
            return Ok(headers);
        };
        let text = text::text("the headers file", path).map_err(|error| error.to_string())?;
        let lines = headers_file::parse(&text);
        let wrong = |what: String| format!("the headers file \"{}\": {what}", path.display());
        for (name, value) in lines.map_err(wrong)? {
            if self.has_login_beside(&name) {
                return Err(wrong(
                    "it has authorization, and the URL has a login: remove one".into(),
                ));
            }
            if headers.contains_key(&name) {
                return Err(wrong(format!("{name} is given twice: remove one")));
            }
            headers.insert(name, value);
        }
        Ok(headers)
    }
}

fn bytes(what: &'static str, path: &Path) -> Result<Vec<u8>, String> {
    text::bytes(what, path).map_err(|error| error.to_string())
}

fn secrets(path: &Path) -> Result<Secrets, String> {
    let text = text::text("the secret file", path).map_err(|error| error.to_string())?;
    Secrets::parse(&text).map_err(|what| format!("the secret file \"{}\": {what}", path.display()))
}

/// Replaces each `${VARIABLE}` by its value.
fn expanded(text: &str) -> Result<String, String> {
    let mut parts = text.split("${");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((name, rest)) = part.split_once('}') else {
            return Err("${ without }".to_owned());
        };
        let value = variable::text(name);
        result += &value.ok_or_else(|| format!("the variable {name} is not set"))?;
        result += rest;
    }
    Ok(result)
}
