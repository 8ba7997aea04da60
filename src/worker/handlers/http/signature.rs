//! Signatures after Standard Webhooks 1.0 (<https://www.standardwebhooks.com>): HMAC-SHA256 of id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// The secrets of an endpoint. Each signs, so that the endpoint may still know only one of them while they are replaced.
#[derive(Clone)]
pub(crate) struct Secrets(Vec<hmac::Key>);

impl Secrets {
    /// Reads `whsec_` and base64, one secret a line. Blank lines and those that begin with `#` are skipped. The messages
    /// have nothing of the text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim).enumerate();
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let keys: Result<Vec<hmac::Key>, String> = lines
            .map(|(number, line)| key(line).map_err(|what| format!("line {}: {what}", number + 1)))
            .collect();
        match keys? {
            none if none.is_empty() => Err("it holds no secret".to_owned()),
            keys => Ok(Self(keys)),
        }
    }

    /// The value of `webhook-signature`.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let start = format!("{id}.{timestamp}.");
        let signatures = self.0.iter().map(|key| {
            let mut context = hmac::Context::with_key(key);
            context.update(start.as_bytes());
            context.update(body);
            format!("v1,{}", STANDARD.encode(context.sign()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

/// As the specification requires.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

fn key(line: &str) -> Result<hmac::Key, String> {
    if line.starts_with("whsk_") {
        return Err(
            "asymmetric keys are not supported: use a secret that begins with whsec_".into(),
        );
    }
    let secret = STANDARD.decode(line.strip_prefix("whsec_").unwrap_or(line));
    let secret = secret.map_err(|_| "not a secret: expected whsec_ and base64".to_owned())?;
    if !SECRET_BYTES.contains(&secret.len()) {
        let length = secret.len();
        return Err(format!(
            "a secret has 24 to 64 bytes, this one has {length}"
        ));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's section "Signature scheme".
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn the_signature_is_that_of_the_specification() {
        let secrets = Secrets::parse(SECRET).unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signature = secrets.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_signs() {
        let other = format!("whsec_{}", STANDARD.encode([7; 64]));
        let text = format!("# new\n{other}\n\n  {SECRET}\r\n");
        let both = Secrets::parse(&text).unwrap().sign("1", 2, b"3");
        let one = |text: &str| Secrets::parse(text).unwrap().sign("1", 2, b"3");
        assert_eq!(both, format!("{} {}", one(&other), one(SECRET)));
        assert_eq!(one(SECRET), one(SECRET.trim_start_matches("whsec_")));
    }

    #[test]
    fn what_is_no_secret_is_refused_without_showing_it() {
        let short = format!("\nwhsec_{}", STANDARD.encode([7; 23]));
        for (text, what) in [
            ("", "it holds no secret"),
            ("# none\n", "it holds no secret"),
            (
                "whsec_sécret",
                "line 1: not a secret: expected whsec_ and base64",
            ),
            (
                &short,
                "line 2: a secret has 24 to 64 bytes, this one has 23",
            ),
            ("whsk_abc", "line 1: asymmetric keys are not supported"),
        ] {
            let error = Secrets::parse(text).err().unwrap();
            assert!(error.starts_with(what), "{error}");
        }
    }
}
