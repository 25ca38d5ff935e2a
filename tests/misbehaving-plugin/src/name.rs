//! The name of this very library's file.

use std::ffi::CStr;
use std::mem::MaybeUninit;

/// Whether the name counts. A test overwrites it in a copy that is to be well-behaved whatever its name.
const AS_NAMED: &[u8; 24] = b"keyway-fixture: as named";

/// What stands between `lib` and the first dot.
pub(crate) fn misdeed() -> String {
    if std::hint::black_box(AS_NAMED)[16] != b'a' {
        return String::new();
    }
    let mut found = MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: any address may be asked for, and the second argument is room for the answer.
    let known = unsafe { libc::dladdr((misdeed as fn() -> String) as *const _, found.as_mut_ptr()) };
    if known == 0 {
        return String::new();
    }
    // SAFETY: the call has succeeded, so that the answer is written, and its text belongs to the loaded image.
    let path = unsafe { CStr::from_ptr(found.assume_init().dli_fname) }.to_string_lossy().into_owned();
    let file = path.rsplit('/').next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    stem.strip_prefix("lib").unwrap_or(stem).to_owned()
}
