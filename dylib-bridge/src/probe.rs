//! Calls that pass structs and wide returns back and forth once: a calling convention that has drifted apart shows here,
//! and not in production.
//!
//! The host makes the same calls to its own functions, and compares.

use std::fmt;

use keyway::abi::{LibraryTable, ProbeMixed, ProbePair, ProbeWide, Reply, Status, Str, entry};

/// A probe that came back otherwise than on this side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    probe: &'static str,
    sent: String,
    found: String,
    expected: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { probe, sent, found, expected } = self;
        write!(f, "`{probe}` of {sent} gives {found}, and the host's own gives {expected}")
    }
}

/// Every byte of a value differs from every other's, so that no two can be exchanged unseen.
const WIDE: &[(ProbeMixed, u8, f64, &str, u64)] = &[
    (ProbeMixed { byte: 0, float: 0.0, wide: 0, double: 0.0 }, 0, 0.0, "", 0),
    (
        ProbeMixed { byte: 0x11, float: 1.5, wide: 0x2233_4455_6677_8899, double: -2.25 },
        0xaa,
        3.125,
        "eleven char",
        0xbbcc_ddee_ff01_0203,
    ),
    (
        ProbeMixed { byte: u8::MAX, float: f32::MIN, wide: u64::MAX, double: f64::MAX },
        u8::MAX,
        f64::MIN_POSITIVE,
        "é",
        u64::MAX,
    ),
];

const PAIRS: &[ProbePair] = &[
    ProbePair { left: 0, right: 0.0 },
    ProbePair { left: 0x0102_0304_0506_0708, right: -1.0e300 },
    ProbePair { left: u64::MAX, right: 4.9e-324 },
];

/// Calls the library's probes.
pub(crate) fn run(table: &LibraryTable) -> Result<(), Difference> {
    for &(mixed, byte, double, text, last) in WIDE {
        let found = (table.probe_wide)(mixed, byte, double, Str::new(text), last);
        let expected = entry::probe_wide(mixed, byte, double, Str::new(text), last);
        if bits(&found) != bits(&expected) {
            return Err(Difference {
                probe: "probe_wide",
                sent: format!("({mixed:?}, {byte}, {double:?}, {text:?}, {last})"),
                found: format!("{found:?}"),
                expected: format!("{expected:?}"),
            });
        }
    }
    for &pair in PAIRS {
        let (found, expected) = (value((table.probe_pair)(pair)), value(entry::probe_pair(pair)));
        if found != expected {
            let word =
                |value: Option<u64>| value.map_or_else(|| "no value".into(), |value| value.to_string());
            return Err(Difference {
                probe: "probe_pair",
                sent: format!("({pair:?})"),
                found: word(found),
                expected: word(expected),
            });
        }
    }
    Ok(())
}

/// All that the struct holds, without its padding; a float that was mangled may compare unequal to itself.
fn bits(wide: &ProbeWide) -> [u64; 8] {
    let ProbeWide { mixed, byte, double, length, last } = *wide;
    [
        mixed.byte.into(),
        mixed.float.to_bits().into(),
        mixed.wide,
        mixed.double.to_bits(),
        byte.into(),
        double.to_bits(),
        length,
        last,
    ]
}

fn value(reply: Reply<u64>) -> Option<u64> {
    // SAFETY: a reply with this status has a value.
    (reply.status == Status::DONE).then(|| unsafe { reply.value.assume_init() })
}
