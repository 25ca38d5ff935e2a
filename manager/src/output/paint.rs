//! The few colours there are, by meaning.

use anstyle::{AnsiColor, Style};

/// What a piece of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    /// What names a column or a field.
    Label,
    /// What the text is about.
    Name,
    Good,
    Warning,
    Bad,
    /// What can be passed over.
    Faint,
}

impl Paint {
    /// The text with its colour, and the end of it.
    pub(crate) fn on(self, text: &str) -> String {
        if text.is_empty() || self == Self::Plain {
            return text.to_owned();
        }
        let style = self.style();
        format!("{style}{text}{style:#}")
    }

    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Label | Self::Faint => Style::new().dimmed(),
            Self::Name => Style::new().bold(),
            Self::Good => colour(AnsiColor::Green),
            Self::Warning => colour(AnsiColor::Yellow),
            Self::Bad => colour(AnsiColor::Red).bold(),
        }
    }
}
