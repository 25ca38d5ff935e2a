//! One interface at several ages: the plugin knows the old one.

/// What the plugin was built against.
pub mod old {
    use keyway::interface;

    #[interface(id = "contract/growing", version = "1.0")]
    pub trait Growing: Send + Sync {
        fn size(&self) -> u64;
        fn label(&self, prefix: &str) -> String;
    }

    impl Growing for crate::Everything {
        fn size(&self) -> u64 {
            7
        }
        fn label(&self, prefix: &str) -> String {
            format!("{prefix}seven")
        }
    }
}

/// A newer one that old plugins fit: methods in another order, and one more with a body.
pub mod newer {
    use keyway::interface;

    #[interface(id = "contract/growing", version = "1.1")]
    pub trait Growing: Send + Sync {
        fn label(&self, prefix: &str) -> String;
        fn doubled(&self, plus: u64) -> u64 {
            self.size() * 2 + plus
        }
        fn shout(&self, prefix: &str) -> String {
            self.label(prefix).to_uppercase()
        }
        fn size(&self) -> u64;
    }
}

/// One that they do not fit.
pub mod other {
    use keyway::interface;

    #[interface(id = "contract/growing", version = "1.2")]
    pub trait Growing: Send + Sync {
        fn size(&self) -> u32;
        fn label(&self, prefix: &str) -> String;
        fn weight(&self) -> f64;
    }
}
