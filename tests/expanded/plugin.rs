//! A plugin with an interface, settings and requirements.

#[keyway::plugin(
    id = "text/words",
    provides(Counter),
    version = "1.2",
    description = "counts \"words\"",
    authors("A. N. Author"),
    license = "MIT",
    host = ">=1.0, <3",
    requires("text/base" = "^1", interface("text/store") = "^2"),
    optional("text/theme" = "^1"),
    conflicts("text/lite" = "*"),
    rank = -5,
    capabilities("fs.read" = ["~/notes"]),
    config = Settings,
    activation = "use"
)]
#[derive(Default)]
pub struct Words;
