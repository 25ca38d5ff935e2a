//! `hash/digest`: digests of bytes, and whether they are the expected ones.

use std::fmt::Write;

use keyway_interfaces::{Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::arguments;

/// The plugin `hash/digest`.
#[keyway::plugin(
    id = "hash/digest",
    version = "1.0.0",
    description = "Digests of bytes, SHA-2 and BLAKE3, and comparison with an expected one",
    provides(Tool)
)]
#[derive(Debug, Default)]
pub struct Digest;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-input" = "data"))]
struct Arguments {
    /// What to digest.
    data: String,
    /// How `data` stands for bytes.
    #[serde(default)]
    encoding: Encoding,
    /// The digest's kind.
    #[serde(default)]
    algorithm: Algorithm,
    /// A digest in hexadecimal to compare with; the answer then says whether it `matches`.
    #[serde(default)]
    expected: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    /// The bytes of the text in UTF-8.
    #[default]
    Utf8,
    /// Two hexadecimal digits a byte.
    Hex,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Algorithm {
    #[default]
    Sha256,
    Sha384,
    Sha512,
    Blake3,
}

#[derive(Serialize)]
struct Answer {
    algorithm: Algorithm,
    hex: String,
    /// How many bytes were digested.
    bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<bool>,
}

impl Tool for Digest {
    fn name(&self) -> String {
        "hash-digest".into()
    }

    fn description(&self) -> String {
        "Computes the SHA-256, SHA-384, SHA-512 or BLAKE3 digest of data, and compares it with an expected one".into()
    }

    fn parameters(&self) -> String {
        arguments::schema::<Arguments>()
    }

    fn run(&self, arguments: &str) -> Result<String, ToolError> {
        let Arguments { data, encoding, algorithm, expected } = arguments::read(arguments)?;
        let bytes = match encoding {
            Encoding::Utf8 => data.into_bytes(),
            Encoding::Hex => from_hex("data", &data)?,
        };
        let digest = algorithm.digest(&bytes);
        let matches = match expected {
            Some(expected) => Some(algorithm.expected(&expected)? == digest),
            None => None,
        };
        arguments::answer(&Answer { algorithm, hex: to_hex(&digest), bytes: bytes.len(), matches })
    }
}

impl Algorithm {
    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
            Self::Blake3 => blake3::hash(bytes).as_bytes().to_vec(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Blake3 => "blake3",
        }
    }

    fn length(self) -> usize {
        match self {
            Self::Sha256 | Self::Blake3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// A digest of the wrong length is a mistake of the caller, not a digest that does not match.
    fn expected(self, hex: &str) -> Result<Vec<u8>, ToolError> {
        let bytes = from_hex("expected", hex.trim())?;
        if bytes.len() == self.length() {
            return Ok(bytes);
        }
        let message = format!(
            "`expected` has {} bytes, a digest of {} has {}",
            bytes.len(),
            self.name(),
            self.length()
        );
        Err(ToolError::invalid_arguments(message).with_help("name the kind of that digest in `algorithm`"))
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn from_hex(argument: &str, hex: &str) -> Result<Vec<u8>, ToolError> {
    let mut digits = Vec::with_capacity(hex.len());
    for (at, c) in hex.chars().enumerate() {
        match c.to_digit(16) {
            Some(digit) => digits.push(digit as u8),
            None => {
                let message = format!("`{argument}` has `{}` as character {}", c.escape_debug(), at + 1);
                return Err(
                    ToolError::invalid_arguments(message).with_help("write only 0–9 and a–f, two a byte")
                );
            }
        }
    }
    let (pairs, rest) = digits.as_chunks::<2>();
    if rest.is_empty() {
        return Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect());
    }
    let message = format!("`{argument}` has {} hexadecimal digits, an odd number", digits.len());
    Err(ToolError::invalid_arguments(message).with_help("write two digits a byte"))
}

#[cfg(test)]
mod tests {
    use keyway_interfaces::ToolErrorKind::InvalidArguments;
    use serde_json::json;

    use super::*;
    use crate::arguments::testing::{fail, keeps_its_promises, run};

    #[track_caller]
    fn check(algorithm: &str, data: &str, hex: &str) {
        let answer = run(&Digest, json!({ "data": data, "algorithm": algorithm }));
        assert_eq!(answer, json!({ "algorithm": algorithm, "hex": hex, "bytes": data.len() }));
    }

    #[test]
    fn it_keeps_what_every_tool_promises() {
        keeps_its_promises(&Digest);
    }

    /// **Source:** FIPS 180-4 examples, as NIST publishes them.
    #[test]
    fn sha2_digests_are_those_of_the_standard() {
        check("sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        check("sha256", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        check(
            "sha256",
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        );
        check(
            "sha384",
            "abc",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        );
        check(
            "sha512",
            "abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        );
    }

    /// **Source:** the official test vectors of BLAKE3, inputs of 0, 1 and 1025 bytes (byte i is i mod 251).
    #[test]
    fn blake3_digests_are_those_of_its_test_vectors() {
        let vectors = [
            (0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
            (1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"),
            (1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"),
        ];
        for (length, hex) in vectors {
            let input: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let arguments = json!({ "data": to_hex(&input), "encoding": "hex", "algorithm": "blake3" });
            assert_eq!(
                run(&Digest, arguments),
                json!({ "algorithm": "blake3", "hex": hex, "bytes": length })
            );
        }
    }

    #[test]
    fn text_is_digested_as_utf8() {
        let text = run(&Digest, json!({ "data": "é" }));
        let hex = run(&Digest, json!({ "data": "C3a9", "encoding": "hex" }));
        assert_eq!(text, hex);
        assert_eq!(text["bytes"], 2);
    }

    #[test]
    fn an_expected_digest_matches_or_does_not_or_can_not() {
        let abc = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\n";
        assert_eq!(run(&Digest, json!({ "data": "abc", "expected": abc }))["matches"], true);
        assert_eq!(run(&Digest, json!({ "data": "abd", "expected": abc }))["matches"], false);
        let arguments = json!({ "data": "abc", "expected": abc, "algorithm": "sha512" });
        let error = fail(&Digest, InvalidArguments, arguments);
        assert_eq!(error.message, "`expected` has 32 bytes, a digest of sha512 has 64");
    }

    #[test]
    fn what_is_no_hexadecimal_is_pointed_at() {
        let error = fail(&Digest, InvalidArguments, json!({ "data": "00é0", "encoding": "hex" }));
        assert_eq!(error.message, "`data` has `é` as character 3");
        let error = fail(&Digest, InvalidArguments, json!({ "data": "abc", "encoding": "hex" }));
        assert_eq!(error.message, "`data` has 3 hexadecimal digits, an odd number");
        let error = fail(&Digest, InvalidArguments, json!({ "data": "", "algorithm": "md5" }));
        assert!(error.message.contains("unknown variant `md5`, expected one of `sha256`"), "{error}");
    }
}
