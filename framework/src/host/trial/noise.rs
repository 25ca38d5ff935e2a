//! What tried files write to standard output and standard error: where it begins and ends, and how much there was.

use super::failure::TrialOutput;

/// How much of its beginning is kept, where a panic says what it is about.
const BEGINNING: usize = 1024;
/// How much of its end is kept.
const END: usize = 4096;

/// What one file may write before it counts as a flood.
pub(super) const MOST: usize = 1 << 20;

/// The stream of one scanner.
#[derive(Debug, Default)]
pub(super) struct Noise {
    beginning: Vec<u8>,
    /// What follows that, as far as it is kept.
    tail: Vec<u8>,
    /// Since the last mark.
    count: usize,
    /// Where the next file's own begins, and its number.
    next: Option<(Vec<u8>, usize)>,
    file: Option<usize>,
}

impl Noise {
    /// What follows this mark will be a file's own.
    pub(super) fn expect(&mut self, mark: String, file: usize) {
        self.next = Some((mark.into_bytes(), file));
    }

    /// Takes what was read. The answer is whose flood it is, once there is one.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Option<usize>> {
        let before = self.tail.len();
        let calm = self.count <= MOST;
        self.tail.extend_from_slice(bytes);
        self.count += bytes.len();
        if let Some((mark, file)) = &self.next {
            // It may have come in two pieces.
            let from = before.saturating_sub(mark.len());
            if let Some(at) = self.tail[from..].windows(mark.len()).position(|window| window == mark) {
                self.file = Some(*file);
                self.tail.drain(..from + at + mark.len());
                self.beginning.clear();
                self.count = self.tail.len();
                self.next = None;
            }
        }
        // A mark that has come in part is kept where it is looked for.
        if self.next.is_none() {
            let first = (BEGINNING - self.beginning.len()).min(self.tail.len());
            self.beginning.extend(self.tail.drain(..first));
        }
        let surplus = self.tail.len().saturating_sub(END);
        self.tail.drain(..surplus);
        (calm && self.count > MOST).then_some(self.file)
    }

    /// Both ends of it.
    pub(super) fn output(&self) -> Option<TrialOutput> {
        let between: &[u8] = if self.count > BEGINNING + END { b"\n[...]\n" } else { b"" };
        TrialOutput::of(&[&self.beginning, between, &self.tail].concat())
    }

    /// Whether it has this in what is kept of it.
    pub(super) fn says(&self, what: &str) -> bool {
        let in_it = |text: &[u8]| text.windows(what.len()).any(|window| window == what.as_bytes());
        in_it(&self.beginning) || in_it(&self.tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_a_files_mark_is_not_its_own_however_it_is_cut() {
        let stream = b"of the first\nMARKof the second";
        for cut in 0..stream.len() {
            let mut noise = Noise::default();
            noise.expect("\nMARK".into(), 2);
            assert_eq!(noise.take(&stream[..cut]), None);
            assert_eq!(noise.take(&stream[cut..]), None);
            assert_eq!(noise.output().unwrap().text(), "of the second", "cut at {cut}");
            assert_eq!((noise.count, noise.file), ("of the second".len(), Some(2)));
        }
    }

    #[test]
    fn a_flood_is_told_once_and_costs_no_memory() {
        let mut noise = Noise::default();
        noise.expect("MARK".into(), 7);
        let mut told = vec![noise.take(b"MARK")];
        for _ in 0..1000 {
            told.push(noise.take(&[b'x'; 16 << 10]));
            assert!(noise.beginning.len() + noise.tail.len() <= BEGINNING + END);
        }
        assert_eq!(told.iter().flatten().collect::<Vec<_>>(), [&Some(7)]);
        assert!(noise.says("xxx") && noise.output().unwrap().text().contains("x\n[...]\nx"));
        noise.expect("NEXT".into(), 8);
        assert_eq!(noise.take(b"NEXTfew"), None);
        assert_eq!(noise.output().unwrap().text(), "few");
    }
}
