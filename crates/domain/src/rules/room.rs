//! How much room is left where the database lies, and what is left off for want of it: first what can wait,
//! then sends, so that there is always room for the outcome of what was sent.

/// Little room is so many times the reserve.
const LITTLE: u64 = 5;

/// The room where the database lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// Enough, or nobody looks.
    #[default]
    Enough,
    /// Nothing new is written or fetched for queues.
    Little,
    /// Nothing new is sent either.
    None,
}

impl Room {
    /// With so many bytes free, of which `reserve` is kept for outcomes; 0 keeps none.
    pub fn of(free: u64, reserve: u64) -> Self {
        if free < reserve {
            Self::None
        } else if free < reserve.saturating_mul(LITTLE) {
            Self::Little
        } else {
            Self::Enough
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_stops_before_sending_and_sending_before_the_disk_is_full() {
        let mb = 1_000_000;
        let cases = [
            (99, 100, Room::None),
            (100, 100, Room::Little),
            (499, 100, Room::Little),
            (500, 100, Room::Enough),
            (0, 0, Room::Enough),
            (u64::MAX / mb, u64::MAX / mb, Room::Little),
        ];
        for (free, reserve, room) in cases {
            assert_eq!(Room::of(free * mb, reserve * mb), room, "{free} of {reserve}");
        }
    }
}
