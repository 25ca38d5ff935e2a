//! How a plugin's health crosses.

use super::{HEALTH_DEGRADED, HEALTH_FAILING, HEALTH_GOOD, HealthReport};
use crate::health::{Health, HealthLevel};
use crate::wire::Wire;

impl Health {
    /// The report that crosses the edge; its receiver releases the message.
    pub(crate) fn into_report(self) -> HealthReport {
        let level = match self.level() {
            HealthLevel::Good => HEALTH_GOOD,
            HealthLevel::Degraded => HEALTH_DEGRADED,
            HealthLevel::Failing => HEALTH_FAILING,
        };
        let memory = self.memory().unwrap_or(0);
        HealthReport { level, flags: 0, memory, message: self.into_message().give() }
    }
}

#[cfg(feature = "host")]
impl HealthReport {
    /// Reads the report and releases its message.
    ///
    /// **Errors:** the level is none that this side knows, or the message is not UTF-8.
    ///
    /// # Safety
    /// Once for a report, which must be the receiver's.
    pub(crate) unsafe fn take(self) -> Result<Health, crate::wire::Malformed> {
        // SAFETY: the same duties.
        let message = unsafe { String::take(self.message, crate::wire::Origin::UNKNOWN) };
        let message = message.map_err(|malformed| malformed.within("health"))?;
        let level = match self.level {
            HEALTH_GOOD => HealthLevel::Good,
            HEALTH_DEGRADED => HealthLevel::Degraded,
            HEALTH_FAILING => HealthLevel::Failing,
            other => {
                let said = format!("level {other} of health is none from {HEALTH_GOOD} to {HEALTH_FAILING}");
                return Err(crate::wire::Malformed::new(said));
            }
        };
        Ok(Health::of(level, message).with_memory(self.memory))
    }
}

#[cfg(all(test, feature = "host"))]
mod tests {
    use super::*;
    use crate::abi::{Owned, Str};

    #[test]
    fn what_was_said_is_what_is_heard() {
        for health in [
            Health::good(),
            Health::good().with_memory(u64::MAX),
            Health::degraded("slow"),
            Health::failing("ßß").with_memory(1),
        ] {
            // SAFETY: the report was just made, and is taken once.
            assert_eq!(unsafe { health.clone().into_report().take() }, Ok(health));
        }
    }

    #[test]
    fn a_report_that_can_not_be_read_is_malformed_and_says_why() {
        let report = |level, text: &'static [u8]| {
            let view = Str { ptr: text.as_ptr(), len: text.len() };
            let message = Owned { view, owner: std::ptr::null_mut(), extra: 0, release: None };
            // SAFETY: there is nothing to release.
            let taken = unsafe { HealthReport { level, flags: 0, memory: 0, message }.take() };
            taken.unwrap_err().to_string()
        };
        assert_eq!(report(3, b"odd"), "level 3 of health is none from 0 to 2");
        let said = report(1, b"\xff");
        assert!(said.contains("health") && said.contains("utf-8"), "{said}");
    }
}
