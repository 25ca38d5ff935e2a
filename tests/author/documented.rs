//! Everything that the macros take, with docs and attributes on every part.

use std::sync::Arc;

use keyway::{Bytes, Context, Fault, Plain, Plugin, StartError, Wire, interface, plugin};

/// A point.
#[derive(Clone, Copy, Debug, PartialEq, Plain)]
#[repr(C)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Wire)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Its colour, black where none is given.
    #[wire(default = black)]
    pub colour: String,
    /// Its style.
    #[wire(default)]
    pub style: Style,
}

fn black() -> String {
    "black".to_owned()
}

/// Nothing to say.
#[derive(Clone, Debug, Default, PartialEq, Wire)]
pub struct Nothing;

/// A line's style.
#[derive(Clone, Debug, Default, PartialEq, Wire)]
pub enum Style {
    /// One stroke.
    #[default]
    Solid,
    /// Strokes and gaps.
    Dashed {
        /// Length of a stroke.
        stroke: u32,
        /// Length of a gap.
        gap: u32,
    },
    /// A pen of its own.
    Pen(String, f64),
    /// One that this side does not know.
    #[wire(default)]
    Other,
}

/// Why a line can not be drawn.
#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Undrawn {
    /// In words.
    pub why: String,
}

impl From<Fault> for Undrawn {
    fn from(fault: Fault) -> Self {
        Self { why: fault.to_string() }
    }
}

/// What watches a drawing.
#[interface(id = "author/watcher", version = "1.0")]
pub trait Watcher: Send + Sync {
    /// A line was drawn.
    fn drawn(&self, line: &Line);
}

/// What draws.
#[interface(id = "author/drawing", version = "1.2.3")]
pub trait Drawing: Send + Sync + 'static {
    /// Draws a line.
    ///
    /// # Errors
    /// The line has no name.
    fn draw(&self, line: &Line, through: &[Point], watcher: &dyn Watcher) -> Result<u32, Undrawn>;

    /// Draws several lines, with more arguments than clippy likes.
    #[expect(clippy::too_many_arguments, reason = "one for each way across")]
    fn draw_all(
        &self,
        lines: Vec<Line>,
        style: Style,
        points: Vec<Point>,
        picture: Bytes,
        name: &str,
        watcher: Arc<dyn Watcher>,
        other: Box<dyn Watcher>,
        nothing: Nothing,
    ) -> Vec<Line>;

    /// How many lines there are.
    #[must_use]
    fn count(&self) -> u32;

    /// Whether there are none.
    #[must_use]
    fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Says a name so many times; the body changes its argument.
    #[deprecated = "say it yourself"]
    fn say(&self, name: &str, mut times: u32) -> String {
        let mut said = String::new();
        while times > 0 {
            said.push_str(name);
            times -= 1;
        }
        said
    }

    /// Stays on this side of the edge, so it may be anything.
    fn counted<T>(self, more: impl Into<u32>) -> (T, u32)
    where
        Self: Sized,
        T: Default,
    {
        (T::default(), self.count() + more.into())
    }
}

/// How to draw.
#[derive(Clone, Debug, Default, Wire)]
pub struct Settings {
    /// The greatest number of lines.
    #[wire(default)]
    pub most: Option<u32>,
}

/// Draws, and watches itself do it.
#[plugin(
    id = "author/pencil",
    provides(Drawing, Watcher),
    version = "2.1",
    description = "draws \"lines\"",
    authors("A. N. Author"),
    license = "MIT",
    config = Settings,
    rank = 3
)]
#[derive(Debug)]
pub struct Pencil {
    /// The greatest number of lines.
    pub most: u32,
}

impl Plugin for Pencil {
    fn start(context: &Context) -> Result<Self, StartError> {
        Ok(Self { most: context.config::<Settings>()?.most.unwrap_or(7) })
    }
}

impl Watcher for Pencil {
    fn drawn(&self, _: &Line) {}
}

impl Drawing for Pencil {
    fn draw(&self, line: &Line, through: &[Point], watcher: &dyn Watcher) -> Result<u32, Undrawn> {
        if line.name.is_empty() {
            return Err(Undrawn { why: "it has no name".to_owned() });
        }
        watcher.drawn(line);
        Ok(through.iter().map(|point| u32::from(point.x > point.y)).sum())
    }

    fn draw_all(
        &self,
        mut lines: Vec<Line>,
        style: Style,
        points: Vec<Point>,
        picture: Bytes,
        name: &str,
        watcher: Arc<dyn Watcher>,
        other: Box<dyn Watcher>,
        _: Nothing,
    ) -> Vec<Line> {
        for line in &mut lines {
            line.style = style.clone();
            line.name = format!("{name} {} {} {}", line.name, points.len(), picture.len());
            watcher.drawn(line);
            other.drawn(line);
        }
        lines
    }

    fn count(&self) -> u32 {
        self.most
    }
}
