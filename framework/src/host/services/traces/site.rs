//! A callsite of a plugin's, as one of this image: made while the program runs, and kept for as long as it does, as
//! subscribers may believe of callsites.
//!
//! One that says the same of the same plugin is made once, whichever process or generation of it asks.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use tracing_core::callsite::{DefaultCallsite, Identifier};
use tracing_core::field::{DebugValue, Field, FieldSet, Value, ValueSet, debug};
use tracing_core::{Callsite, Interest, Kind, LevelFilter, Metadata};

use crate::context::traces::speakers::BETWEEN;
use crate::context::traces::values::{Raw, Told};
use crate::context::traces::{Site, filter};
use crate::manifest::Home;

/// The fields that say whose a callsite is, behind its own.
const ORIGIN: [&str; 2] = ["plugin", "home"];

/// See the module.
pub(in crate::host) struct Leaked {
    metadata: OnceLock<Metadata<'static>>,
    /// What tracing-core knows: the same metadata, with a place for the interest.
    registered: OnceLock<DefaultCallsite>,
    fields: OnceLock<Vec<Field>>,
    /// The ids of the plugins that may be meant; empty for what is the host's own.
    pub(in crate::host) plugin: &'static str,
    pub(in crate::host) home: Home,
    home_name: String,
    site: Site,
}

static LEAKED: Mutex<Option<HashMap<(Site, Home), &'static Leaked>>> = Mutex::new(None);
static BY_CALLSITE: RwLock<Option<HashMap<Identifier, &'static Leaked>>> = RwLock::new(None);

/// The callsite of a plugin that this metadata belongs to.
pub(in crate::host) fn leaked_of(metadata: &Metadata<'_>) -> Option<&'static Leaked> {
    let all = BY_CALLSITE.read().unwrap_or_else(PoisonError::into_inner);
    all.as_ref()?.get(&metadata.callsite()).copied()
}

impl Callsite for Leaked {
    // That of `registered` is the one that is set.
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.metadata.get().expect("`of` sets it")
    }
}

impl Leaked {
    /// The callsite that says this, known to tracing-core from the first time on.
    pub(in crate::host) fn of(site: Site, home: Home) -> &'static Self {
        let mut all = LEAKED.lock().unwrap_or_else(PoisonError::into_inner);
        let all = all.get_or_insert_default();
        let key = (site, home);
        if let Some(known) = all.get(&key) {
            return known;
        }
        let leaked = Self::new(key.0.clone(), home);
        all.insert(key, leaked);
        leaked
    }

    fn new(site: Site, home: Home) -> &'static Self {
        let plugin = if site.plugins.is_empty() { "" } else { site.plugins.join(BETWEEN).leak() };
        let this: &'static Self = Box::leak(Box::new(Self {
            metadata: OnceLock::new(),
            registered: OnceLock::new(),
            fields: OnceLock::new(),
            plugin,
            home,
            home_name: home.to_string(),
            site,
        }));
        let site = &this.site;
        let mut names: Vec<&'static str> = site.fields.iter().map(String::as_str).collect();
        if !plugin.is_empty() {
            // A field of the plugin's own of such a name stays what it is.
            names.extend(ORIGIN.iter().filter(|name| !site.fields.iter().any(|field| field == *name)));
        }
        let metadata = this.metadata.get_or_init(|| {
            Metadata::new(
                &site.name,
                &site.target,
                filter(site.level).into_level().unwrap_or(tracing_core::Level::ERROR),
                site.file.as_deref(),
                site.line,
                site.module.as_deref(),
                FieldSet::new(names.leak(), Identifier(this)),
                if site.span { Kind::SPAN } else { Kind::EVENT },
            )
        });
        this.fields.get_or_init(|| metadata.fields().iter().collect());
        this.registered.get_or_init(|| DefaultCallsite::new(metadata));
        BY_CALLSITE
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_default()
            .insert(metadata.callsite(), this);
        this
    }

    pub(in crate::host) fn metadata(&self) -> &Metadata<'static> {
        self.metadata.get().expect("`new` sets it")
    }

    /// How far it is enabled: 0 never, 2 always, and else it depends. At the first time the subscribers are asked, those of
    /// this thread among them.
    pub(in crate::host) fn interest(&'static self) -> u8 {
        if *self.metadata().level() > LevelFilter::current() {
            return 0;
        }
        let interest = self.registered.get().expect("`new` sets it").interest();
        match () {
            () if interest.is_never() => 0,
            () if interest.is_always() => 2,
            () => 1,
        }
    }

    /// Hands over what was told of its own fields, and whose it is.
    pub(in crate::host) fn with_values<R>(
        &'static self,
        told: &[(usize, Told<'_>)],
        body: impl FnOnce(&ValueSet<'_>) -> R,
    ) -> R {
        let mut values = self.own(told);
        for field in &self.fields()[self.site.fields.len()..] {
            let text = if field.name() == ORIGIN[0] { self.plugin } else { &self.home_name };
            values.push((field, Held::Text(text)));
        }
        self.in_array(&values, body)
    }

    /// Hands over what is told later of its own fields: whose it is has been told.
    pub(in crate::host) fn with_later_values(
        &'static self,
        told: &[(usize, Told<'_>)],
        body: impl FnOnce(&ValueSet<'_>),
    ) {
        self.in_array(&self.own(told), body);
    }

    fn own<'a>(&'static self, told: &[(usize, Told<'a>)]) -> Vec<(&'static Field, Held<'a>)> {
        let own = &self.fields()[..self.site.fields.len()];
        let mut values = Vec::with_capacity(told.len() + ORIGIN.len());
        values.extend(told.iter().filter_map(|(field, value)| Some((own.get(*field)?, Held::of(value)))));
        values
    }

    fn fields(&self) -> &[Field] {
        self.fields.get().expect("`new` sets it")
    }

    /// A set of values is made of an array. Those that are left over have no value.
    fn in_array<R>(&self, values: &[(&Field, Held<'_>)], body: impl FnOnce(&ValueSet<'_>) -> R) -> R {
        match values.len() {
            0..=4 => self.in_array_of::<4, R>(values, body),
            5..=8 => self.in_array_of::<8, R>(values, body),
            9..=34 => self.in_array_of::<34, R>(values, body),
            _ => self.in_array_of::<258, R>(values, body),
        }
    }

    fn in_array_of<const N: usize, R>(
        &self,
        values: &[(&Field, Held<'_>)],
        body: impl FnOnce(&ValueSet<'_>) -> R,
    ) -> R {
        let set = self.metadata().fields();
        let Some((first, _)) = values.first() else { return body(&set.value_set(&[])) };
        let mut array: [(&Field, Option<&dyn Value>); N] = [(first, None); N];
        for (place, (field, value)) in array.iter_mut().zip(values) {
            *place = (field, Some(value.value()));
        }
        body(&set.value_set(&array))
    }
}

/// A value as `tracing` takes it.
enum Held<'a> {
    I64(i64),
    U64(u64),
    I128(i128),
    U128(u128),
    F64(f64),
    Bool(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
    Debug(DebugValue<Raw<'a>>),
}

impl<'a> Held<'a> {
    fn of(told: &Told<'a>) -> Self {
        match *told {
            Told::I64(value) => Self::I64(value),
            Told::U64(value) => Self::U64(value),
            Told::I128(value) => Self::I128(value),
            Told::U128(value) => Self::U128(value),
            Told::F64(value) => Self::F64(value),
            Told::Bool(value) => Self::Bool(value),
            Told::Text(value) => Self::Text(value),
            Told::Bytes(value) => Self::Bytes(value),
            Told::Debug(value) => Self::Debug(debug(value)),
        }
    }

    fn value(&self) -> &dyn Value {
        match self {
            Self::I64(value) => value,
            Self::U64(value) => value,
            Self::I128(value) => value,
            Self::U128(value) => value,
            Self::F64(value) => value,
            Self::Bool(value) => value,
            Self::Text(value) => value,
            Self::Bytes(value) => value,
            Self::Debug(value) => value,
        }
    }
}
