//! Who else may change what the host is going to run.

use std::path::Path;

use super::Finding;

/// A folder or a file that everybody may write to, or that lies below a folder in which everybody may replace it.
#[cfg(unix)]
pub(super) fn check(path: &Path, what: &str, findings: &mut Vec<Finding>) {
    use std::os::unix::fs::MetadataExt as _;

    use super::Severity;
    use crate::output::quoted;

    const STICKY: u32 = 0o1000;
    const OTHERS_WRITE: u32 = 0o002;
    let open_to_all = |path: &Path| {
        let metadata = path.metadata().ok()?;
        let mode = metadata.mode() & 0o7777;
        (mode & OTHERS_WRITE != 0).then_some(mode)
    };
    let shown = path.display();
    if let Some(mode) = open_to_all(path) {
        findings.push(Finding::new(
            Severity::Warning,
            "open-to-all",
            path,
            format!("everybody may write to the {what} `{shown}` (mode {mode:04o}), and so decide what this host runs"),
            format!("`chmod o-w {}`", quoted(path)),
        ));
    }
    if what == "file" {
        return;
    }
    let Ok(absolute) = path.canonicalize() else { return };
    for above in absolute.ancestors().skip(1) {
        // Where the sticky bit is set, only the owner may replace what lies there.
        if let Some(mode) = open_to_all(above).filter(|mode| mode & STICKY == 0) {
            findings.push(Finding::new(
                Severity::Warning,
                "parent-open-to-all",
                above,
                format!("everybody may replace `{shown}`, for `{}` has mode {mode:04o}", above.display()),
                format!("`chmod o-w {}`", quoted(above)),
            ));
        }
    }
}

/// Access lists are not looked at.
#[cfg(not(unix))]
pub(super) fn check(_: &Path, _: &str, _: &mut Vec<Finding>) {}
