//! An interface that has grown since the plugin was built.

use contract_plugin::growing::{newer, other};
use keyway::host::GetError;

use super::homes::{Home, everything};

pub(crate) fn an_older_plugin_answers_a_newer_host_and_bodies_fill_the_rest(home: Home) {
    use newer::Growing as _;
    let host = home.host();
    let growing = everything::<dyn newer::Growing>(&host);
    assert!(!growing.is_direct(), "the plugin knows another trait");
    assert_eq!((growing.size(), growing.label("a-").as_str()), (7, "a-seven"));
    assert_eq!((growing.doubled(1), growing.shout("b-").as_str()), (15, "B-SEVEN"));
}

pub(crate) fn an_interface_that_does_not_fit_is_refused_with_both_signatures(home: Home) {
    let host = home.host();
    let error = host.get::<dyn other::Growing>("contract/everything").expect_err("its size is another type");
    assert_eq!(error.code(), "interface-mismatch");
    assert!(error.help().contains("give a new method a body"), "{}", error.help());
    let GetError::Mismatch { source, .. } = error else { panic!("{error:?}") };
    let said = source.to_string();
    for part in ["fn size(&self) -> u32", "fn size(&self) -> u64", "fn weight(&self) -> f64"] {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
}
