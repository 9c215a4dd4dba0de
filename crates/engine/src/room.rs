//! The room where the database lies: looked at before every claim, so that what is sent can be written down.

use domain::rules::room::Room;

use crate::Engine;

impl Engine {
    /// How much there is now. A change is said once.
    pub(crate) fn room_for_more(&self) -> Room {
        let disks = self.alerting.as_ref().map(|alerting| &alerting.disks);
        let disks = disks.filter(|_| self.settings.disk_reserve > 0);
        let free = disks.and_then(|disks| disks.free_for_database());
        let room = free.map_or(Room::Enough, |free| Room::of(free, self.settings.disk_reserve));
        if self.vitals.room(room) != room {
            let free = free.unwrap_or_default() / 1_000_000;
            let means = match room {
                Room::Enough => "enough again",
                Room::Little => "little: no new texts are written until there is more",
                Room::None => "too little: nothing is sent until there is more",
            };
            tracing::warn!(
                event = "disk.room",
                disk.free_mb = free,
                "The room where the database lies is {free} MB, {means}"
            );
        }
        room
    }
}
