//! One server. Clients reach it through a proxy.

use std::time::Duration;

use fastrand::Rng;

use super::{Site, Soak, soak, trouble};
use crate::harness::proxy::Proxy;
use crate::harness::redis::Redis;

struct Single {
    redis: Redis,
    proxy: Proxy,
}

impl Site for Single {
    fn name(&self) -> &'static str {
        "single"
    }

    fn url(&self) -> String {
        self.proxy.url()
    }

    fn go(&self) -> Vec<String> {
        let address = self.proxy.url().replace("redis://", "");
        vec!["-addr".to_owned(), address]
    }

    fn user(&self) -> &'static str {
        "default"
    }

    fn longest_stop(&self) -> Duration {
        Duration::from_secs(6)
    }

    fn primaries(&mut self) -> Vec<&mut Redis> {
        vec![&mut self.redis]
    }

    fn recover(&mut self) -> bool {
        false
    }

    fn suffer(&mut self, soak: &Soak, rng: &mut Rng) {
        match rng.u8(..6) {
            0 => trouble::restart(soak, self),
            1 => trouble::crash(soak, self),
            _ => trouble::of_proxy(soak, &self.proxy, rng),
        }
    }
}

#[test]
#[ignore = "minutes; scripts/soak runs it"]
fn single() {
    let redis = super::durable(Redis::with()).start();
    let proxy = Proxy::new(&redis);
    soak(&mut Single { redis, proxy });
}
