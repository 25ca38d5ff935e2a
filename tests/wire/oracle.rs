//! The compact form is postcard's, the named form is rmp-serde's with named structs, byte for byte. Three things are
//! ours alone, and are held against what serde can be told to do: a list of bytes is one block, as with `serde_bytes`; a
//! struct without names has its places as names; an option of something that may be nil is wrapped, where rmp-serde
//! loses the difference.

use std::collections::BTreeMap;
use std::fmt::Debug;

use keyway::wire::Format;
use keyway::{Bytes, Wire};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::values::{choice, decode, encode, record, scalars, text, tree};

/// Both forms against both libraries, each reading what the other wrote. Values are compared by their bytes, since a
/// float may be no number.
fn same<T: Wire + Serialize + DeserializeOwned + Debug>(value: &T) {
    let (compact, named) = (encode(value, Format::Compact), encode(value, Format::Named));
    assert_eq!(compact, postcard::to_stdvec(value).expect("postcard writes it"), "{value:?}");
    assert_eq!(named, rmp_serde::to_vec_named(value).expect("rmp-serde writes it"), "{value:?}");
    let ours: T = decode(&compact, Format::Compact).expect("ours reads postcard's");
    let theirs: T = postcard::from_bytes(&compact).expect("postcard reads ours");
    for read in [ours, theirs] {
        assert_eq!(encode(&read, Format::Compact), compact, "{value:?}");
    }
    let ours: T = decode(&named, Format::Named).expect("ours reads rmp-serde's");
    let theirs: T = rmp_serde::from_slice(&named).expect("rmp-serde reads ours");
    for read in [ours, theirs] {
        assert_eq!(encode(&read, Format::Named), named, "{value:?}");
    }
}

/// The value comes back in both forms.
fn returns<T: Wire + PartialEq + Debug>(value: &T) {
    for format in [Format::Compact, Format::Named] {
        assert_eq!(decode::<T>(&encode(value, format), format).as_ref(), Ok(value), "{format:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scalars_are_written_alike(value in scalars()) {
        same(&value);
    }

    #[test]
    fn enums_are_written_alike(value in choice()) {
        same(&value);
    }

    #[test]
    fn records_are_written_alike(value in record()) {
        same(&value);
    }

    #[test]
    fn trees_are_written_alike(value in tree()) {
        same(&value);
    }

    #[test]
    fn options_of_options_come_back(value in any::<Option<Option<Option<u8>>>>(), unit in any::<Option<Option<()>>>()) {
        returns(&value);
        returns(&unit);
        prop_assert_eq!(encode(&value, Format::Compact), postcard::to_stdvec(&value).expect("postcard writes it"));
    }

    #[test]
    fn texts_are_written_alike(value in proptest::collection::vec(text(), 0..20)) {
        same(&value);
    }
}

#[test]
fn integers_near_every_power_of_two_are_written_alike() {
    for power in 0..64 {
        for beside in [-1, 0, 1] {
            let value = (1_u64 << power).wrapping_add_signed(beside);
            for value in [value, value.wrapping_neg()] {
                same(&(value, value as i64, value as u32, value as i32));
                same(&(value as u16, value as i16, value as u8, value as i8));
            }
        }
    }
}

#[test]
fn lengths_at_every_change_of_form_are_written_alike() {
    for len in
        [0, 1, 14, 15, 16, 17, 31, 32, 33, 127, 128, 255, 256, 257, 16_383, 16_384, 65_535, 65_536, 65_537]
    {
        same(&"ä".repeat(len / 2));
        same(&"x".repeat(len));
        same(&vec![7_u16; len]);
        // What takes no bytes has a bound of its own.
        same(&vec![(); len.min(1 << 16)]);
        same(&(0..len as u32).map(|key| (key, ())).collect::<BTreeMap<_, _>>());
    }
}

/// A list of bytes as `serde_bytes` writes it.
struct Block(Vec<u8>);

impl Serialize for Block {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

#[test]
fn a_list_of_bytes_is_one_block() {
    for len in [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536] {
        let bytes: Vec<u8> = (0..len).map(|place| place as u8).collect();
        for format in [Format::Compact, Format::Named] {
            let ours = encode(&bytes, format);
            assert_eq!(ours, encode(&Bytes::from(bytes.clone()), format));
            let theirs = match format {
                Format::Compact => postcard::to_stdvec(&Block(bytes.clone())).expect("postcard writes it"),
                Format::Named => rmp_serde::to_vec_named(&Block(bytes.clone())).expect("rmp-serde writes it"),
            };
            assert_eq!(ours, theirs, "{len} bytes, {format:?}");
            assert_eq!(decode::<Vec<u8>>(&ours, format).as_ref(), Ok(&bytes));
            assert_eq!(decode::<Bytes>(&ours, format).map(|read| read.to_vec()).as_ref(), Ok(&bytes));
        }
    }
}

#[derive(Clone, Debug, PartialEq, Wire, Serialize, Deserialize)]
struct Places(u32, String);

#[derive(Serialize)]
struct Named<'a> {
    #[serde(rename = "0")]
    first: u32,
    #[serde(rename = "1")]
    second: &'a str,
}

#[test]
fn a_struct_without_names_has_its_places_as_names() {
    let places = Places(300, "b".into());
    let named = Named { first: 300, second: "b" };
    assert_eq!(encode(&places, Format::Compact), postcard::to_stdvec(&places).expect("postcard writes it"));
    assert_eq!(encode(&places, Format::Named), rmp_serde::to_vec_named(&named).expect("rmp-serde writes it"));
    returns(&places);
}
