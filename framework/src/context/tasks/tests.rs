//! What needs no host.

use super::interval::after;

#[test]
fn the_next_tick_is_a_whole_number_of_periods_later_and_never_past() {
    assert_eq!(after(100, 10, 100), 110);
    assert_eq!(after(100, 10, 109), 110);
    assert_eq!(after(100, 10, 110), 120, "one that is due now is missed already");
    assert_eq!(after(100, 10, 155), 160);
    assert_eq!(after(100, 10, 3), 110, "a clock that is behind");
    assert_eq!(after(u64::MAX - 3, 10, u64::MAX), u64::MAX, "there is no time after all time");
}
