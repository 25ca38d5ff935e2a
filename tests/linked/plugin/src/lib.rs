//! Two plugins that nobody names.
#![forbid(unsafe_code)]

/// Counts.
#[keyway::interface(id = "linked/count", version = "1.0")]
pub trait Count: Send + Sync {
    /// How many.
    fn count(&self) -> u64;
}

#[cfg(feature = "plugins")]
mod deep {
    pub(crate) mod inside {
        #[keyway::plugin(id = "linked/first", provides(crate::Count))]
        #[derive(Default)]
        struct First;
        impl crate::Count for First {
            fn count(&self) -> u64 {
                1
            }
        }
    }
    #[keyway::plugin(id = "linked/second", provides(crate::Count))]
    #[derive(Default)]
    struct Second;
    impl crate::Count for Second {
        fn count(&self) -> u64 {
            2
        }
    }
}
