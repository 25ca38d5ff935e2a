//! Lines over a socket, with an end in time and an end in length. Both sides use it.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Why there is no more.
#[derive(Debug)]
pub(in crate::host::control) enum Ended {
    /// The other side is.
    Gone,
    /// It took too long.
    Late,
    /// The line has no end within its most bytes.
    TooLong,
    Broken(io::Error),
}

/// The next line, without its end, of at most so many bytes. What came behind it is kept in `rest`, where it is looked for
/// first. A line that breaks off is none.
pub(in crate::host::control) fn read_line(
    stream: &UnixStream,
    rest: &mut Vec<u8>,
    most: usize,
    until: Option<Instant>,
) -> Result<Vec<u8>, Ended> {
    let mut looked = 0;
    let mut chunk = vec![0; 16 << 10];
    loop {
        if let Some(end) = rest[looked..].iter().position(|byte| *byte == b'\n') {
            if looked + end >= most {
                return Err(Ended::TooLong);
            }
            let behind = rest.split_off(looked + end + 1);
            let mut line = std::mem::replace(rest, behind);
            line.pop();
            return Ok(line);
        }
        looked = rest.len();
        if looked >= most {
            return Err(Ended::TooLong);
        }
        stream.set_read_timeout(left(until)?).map_err(Ended::Broken)?;
        match (&*stream).read(&mut chunk) {
            Ok(0) => return Err(Ended::Gone),
            Ok(count) => rest.extend_from_slice(&chunk[..count]),
            Err(error) => ended(error)?,
        }
    }
}

/// Writes all of it.
pub(in crate::host::control) fn write_all(
    stream: &UnixStream,
    mut bytes: &[u8],
    until: Instant,
) -> Result<(), Ended> {
    while !bytes.is_empty() {
        stream.set_write_timeout(left(Some(until))?).map_err(Ended::Broken)?;
        match (&*stream).write(bytes) {
            Ok(0) => return Err(Ended::Gone),
            Ok(count) => bytes = &bytes[count..],
            Err(error) => ended(error)?,
        }
    }
    Ok(())
}

/// Waits for so long. `false` as soon as the other side says anything or goes.
pub(super) fn stays_quiet(stream: &UnixStream, pause: Duration) -> bool {
    let until = Instant::now() + pause;
    let mut byte = [0];
    loop {
        let Ok(left) = left(Some(until)) else { return true };
        if stream.set_read_timeout(left).is_err() {
            return false;
        }
        match (&*stream).read(&mut byte) {
            Ok(0..) => return false,
            Err(error) => match ended(error) {
                Ok(()) => {}
                Err(_) => return false,
            },
        }
    }
}

/// The time until then; `None` is for ever.
fn left(until: Option<Instant>) -> Result<Option<Duration>, Ended> {
    let Some(until) = until else { return Ok(None) };
    match until.checked_duration_since(Instant::now()) {
        Some(left) if !left.is_zero() => Ok(Some(left)),
        _ => Err(Ended::Late),
    }
}

/// What an error means; those that pass are none.
fn ended(error: io::Error) -> Result<(), Ended> {
    match error.kind() {
        // A time that is up is seen where the next one is set.
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(()),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => Err(Ended::Gone),
        _ => Err(Ended::Broken(error)),
    }
}
