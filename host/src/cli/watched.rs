//! Snapshot files taken together, read again when they change, and the pages made of them.
//!
//! Deliberately absent: waiting for a change. Who asks for a page has the files looked at, so what is
//! answered is never older than the question.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use codomyrmex_telemetry::Snapshot;
use hyper::body::Bytes;

use super::Failure;
use super::snapshot::merge;
use crate::scrape::Exposition;

/// How long ago a file must have changed for its time to tell the next change. File systems write times
/// of a few milliseconds to two seconds, so within them a file may change and keep its time.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

/// The files.
pub(super) struct Watched {
    files: Vec<PathBuf>,
    reading: Option<Reading>,
}

/// What was read, and what has been made of it. There are few pages: one for each format and scheme.
struct Reading {
    stamps: Vec<Stamp>,
    is_settled: bool,
    snapshot: Snapshot,
    pages: Vec<(Exposition, Bytes)>,
}

/// What tells that a file changed.
#[derive(Debug, Eq, PartialEq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
}

impl Watched {
    /// These files, not read yet.
    pub(super) fn new(files: Vec<PathBuf>) -> Self {
        Self { files, reading: None }
    }

    /// What the files hold now, in a format.
    pub(super) fn page(&mut self, exposition: Exposition) -> Result<Bytes, Failure> {
        let now = SystemTime::now();
        // Before the files are read: a change in between is seen the next time.
        let stamps = self.files.iter().map(|path| stamp(path)).collect::<Result<Vec<_>, _>>()?;
        if self.reading.as_ref().is_none_or(|reading| !reading.is_settled || reading.stamps != stamps) {
            self.reading = None;
            let is_old = |stamp: &Stamp| now.duration_since(stamp.modified).is_ok_and(|age| age > SETTLED_AFTER);
            let is_settled = stamps.iter().all(is_old);
            self.reading = Some(Reading { stamps, is_settled, snapshot: merge(&self.files)?, pages: Vec::new() });
        }
        let Some(reading) = &mut self.reading else { return Ok(Bytes::new()) }; // it was made above
        if let Some((_, page)) = reading.pages.iter().find(|(made, _)| *made == exposition) {
            return Ok(page.clone());
        }
        let page = Bytes::from(exposition.body(&reading.snapshot));
        reading.pages.push((exposition, page.clone()));
        Ok(page)
    }
}

fn stamp(path: &Path) -> Result<Stamp, Failure> {
    let data = std::fs::metadata(path).and_then(|data| Ok((data.is_file(), data.modified()?, data.len())));
    match data.map_err(|error| Failure::input(format_args!("{}: {error}", path.display())))? {
        (true, modified, length) => Ok(Stamp { modified, length }),
        // A pipe would be waited for, and be empty the next time.
        (false, ..) => Err(Failure::input(format_args!("{}: not a file", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codomyrmex_telemetry::{Descriptor, Instrument, Ledger, WriterId};

    fn accounts(name: &str) -> Vec<u8> {
        let mut ledger = Ledger::new(WriterId::new(1));
        let (help, unit, labels) = (String::new(), String::new(), vec![]);
        ledger.declare(Descriptor { name: name.into(), help, unit, labels, instrument: Instrument::Gauge, window: None }).unwrap();
        ledger.snapshot().to_bytes()
    }

    fn file(test: &str) -> PathBuf {
        std::env::temp_dir().join(format!("codomyrmex-watched-{test}-{}", std::process::id()))
    }

    fn page(watched: &mut Watched) -> Result<String, String> {
        let page = watched.page(Exposition::default()).map_err(|failure| failure.message)?;
        Ok(String::from_utf8(page.to_vec()).unwrap())
    }

    #[test]
    fn a_file_that_keeps_its_time_and_length_is_still_read_again_while_it_is_fresh() {
        let path = file("fresh");
        let mut watched = Watched::new(vec![path.clone()]);
        let time = SystemTime::now();
        for name in ["one", "two"] {
            std::fs::write(&path, accounts(name)).unwrap();
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
            assert_eq!(page(&mut watched), Ok(format!("# TYPE {name} gauge\n")));
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(page(&mut watched), Err(format!("{}: No such file or directory (os error 2)", path.display())));
    }

    #[test]
    fn a_settled_file_is_read_once_until_its_time_changes() {
        let path = file("settled");
        let mut watched = Watched::new(vec![path.clone()]);
        let old = SystemTime::now() - Duration::from_secs(60);
        // The second has the time and the length of the first, as nothing honest has: it is not looked into.
        for (name, time, shown) in [("one", old, "one"), ("two", old, "one"), ("six", old + Duration::from_millis(1), "six")] {
            std::fs::write(&path, accounts(name)).unwrap();
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
            assert_eq!(page(&mut watched), Ok(format!("# TYPE {shown} gauge\n")));
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn what_is_no_file_is_refused_and_not_waited_for() {
        let folder = std::env::temp_dir();
        assert_eq!(page(&mut Watched::new(vec![folder.clone()])), Err(format!("{}: not a file", folder.display())));
    }
}
