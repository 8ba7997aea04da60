//! What the exit status of a command means for its task.

use std::collections::BTreeMap;

use crate::task::transition::Verdict;

/// The verdict on each exit status but 0, which is success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExitCodes(BTreeMap<u8, Verdict>);

/// `EX_DATAERR` of `sysexits.h`: the input is wrong, and a retry would not help.
const DATA_ERROR: u8 = 65;
/// `EX_TEMPFAIL` of `sysexits.h`: try again later.
pub(crate) const TEMPORARY: u8 = 75;

impl Default for ExitCodes {
    /// 65 gives up, 75 releases, all others retry.
    fn default() -> Self {
        Self(BTreeMap::from([
            (DATA_ERROR, Verdict::GiveUp),
            (TEMPORARY, Verdict::Release),
        ]))
    }
}

impl ExitCodes {
    /// The same verdicts, except for this status.
    #[must_use]
    pub fn with(mut self, status: u8, verdict: Verdict) -> Self {
        self.0.insert(status, verdict);
        self
    }

    /// The verdict on a command that exits with this status.
    pub fn verdict(&self, status: i32) -> Verdict {
        u8::try_from(status)
            .ok()
            .and_then(|status| self.0.get(&status).copied())
            .unwrap_or(Verdict::Retry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sysexits_unless_told_otherwise() {
        let codes = ExitCodes::default();
        assert_eq!(codes.verdict(65), Verdict::GiveUp);
        assert_eq!(codes.verdict(75), Verdict::Release);
        for status in [1, 2, 64, 127, 255, 256, -1, i32::MAX] {
            assert_eq!(codes.verdict(status), Verdict::Retry);
        }
        let codes = codes.with(75, Verdict::Retry).with(3, Verdict::GiveUp);
        assert_eq!(codes.verdict(75), Verdict::Retry);
        assert_eq!(codes.verdict(3), Verdict::GiveUp);
        assert_eq!(codes.verdict(65), Verdict::GiveUp);
    }
}
