//! Which server of a cluster gets a command: each key belongs to one of 16384 slots.

use redis::{Arg, Cmd};

/// The number of slots of a cluster.
pub(crate) const SLOTS: u16 = 16_384;

/// The servers that a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The server of this slot.
    Slot(u16),
    /// Every server that other commands of the pipeline go to: `SCRIPT LOAD` belongs to a server, not to a key.
    Every,
    /// Any server: the command has no key.
    Any,
}

impl Target {
    /// The target of a command. Only commands that the broker sends are known.
    pub(crate) fn of(command: &Cmd) -> Self {
        let mut words = command.args_iter().map(|word| match word {
            Arg::Simple(bytes) => bytes,
            _ => b"".as_slice(),
        });
        let key = match words.next().unwrap_or_default() {
            b"SCRIPT" => return Self::Every,
            b"INFO" | b"TIME" | b"PUBLISH" | b"PUBSUB" | b"CLUSTER" => return Self::Any,
            b"EVALSHA" | b"EVAL" => words.nth(2),
            b"MEMORY" => words.nth(1),
            // The pattern has one hash tag, so all matching keys share a slot.
            b"SCAN" => return words.nth(2).map_or(Self::Any, of_pattern),
            _ => words.next(),
        };
        key.map_or(Self::Any, |key| Self::Slot(slot(key)))
    }
}

/// The slot of the keys that match a pattern, whose hash tag must not contain a wildcard.
fn of_pattern(pattern: &[u8]) -> Target {
    let mut plain = Vec::with_capacity(pattern.len());
    let mut bytes = pattern.iter().copied();
    while let Some(byte) = bytes.next() {
        plain.extend(if byte == b'\\' {
            bytes.next()
        } else {
            Some(byte)
        });
    }
    Target::Slot(slot(&plain))
}

/// The slot of a key: that of the text between its first `{` and the next `}`, or of all of it.
pub(crate) fn slot(key: &[u8]) -> u16 {
    let tag = key.iter().position(|&byte| byte == b'{').and_then(|open| {
        let rest = &key[open + 1..];
        let close = rest.iter().position(|&byte| byte == b'}')?;
        Some(&rest[..close])
    });
    crc16(tag.filter(|tag| !tag.is_empty()).unwrap_or(key)) % SLOTS
}

/// CRC-16/XMODEM, as the Redis Cluster specification requires.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| {
            let shifted = crc << 1;
            if crc & 0x8000 == 0 {
                shifted
            } else {
                shifted ^ 0x1021
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(line: &str) -> Target {
        let mut words = line.split(' ');
        let mut command = redis::cmd(words.next().unwrap());
        for word in words {
            command.arg(word);
        }
        Target::of(&command)
    }

    /// The check value of the standard, and slots as `CLUSTER KEYSLOT` returns them.
    #[test]
    fn slots_are_those_of_redis() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        for (key, expected) in [
            ("foo", 12182),
            ("bar", 5061),
            ("x{foo}:y{bar}", 12182),
            ("{foo", slot(b"{foo")),
            ("{}foo", crc16(b"{}foo") % SLOTS),
            ("a{{foo}}", crc16(b"{foo") % SLOTS),
        ] {
            assert_eq!(slot(key.as_bytes()), expected, "{key}");
        }
    }

    #[test]
    fn a_command_goes_where_its_key_is() {
        let foo = Target::Slot(12182);
        for (line, expected) in [
            ("GET foo", foo),
            ("BLMOVE foo foo RIGHT RIGHT 5", foo),
            ("EVALSHA abc 2 foo bar 1", foo),
            ("MEMORY USAGE foo", foo),
            ("SCAN 0 MATCH asynq:{foo}:* COUNT 10", foo),
            (
                "SCAN 0 MATCH asynq:{a\\*b}:*",
                Target::Slot(slot(b"asynq:{a*b}:")),
            ),
            ("SCRIPT LOAD text", Target::Every),
            ("PUBLISH asynq:cancel id", Target::Any),
            ("INFO", Target::Any),
            ("TIME", Target::Any),
        ] {
            assert_eq!(target(line), expected, "{line}");
        }
    }
}
