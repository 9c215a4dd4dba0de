//! Copies of backups go to another place beside the keeper, so that a program which hangs there delays no
//! backup. One goes at a time; what is taken meanwhile goes after it.

use crate::Engine;
use crate::keeper::Keeping;

impl Engine {
    /// Carries what has no copy yet, and tells how it went. A failure is tried again with the next backup.
    pub async fn tick_carrier(&self) {
        let Some(keeping) = &self.keeping else { return };
        // Whoever carries bounds what it does for each file, by a setting.
        if let Err(error) = keeping.backups.carry().await.map_err(|error| error.to_string()) {
            tracing::error!(
                "No copy is in the other place, and the next backup tries again: {error}"
            );
            self.vitals.off_site(Err(error));
        }
        self.tell_news(keeping).await;
    }

    /// Waits until there is a backup that was taken since the last one went.
    pub(crate) async fn until_carrier(&self) {
        self.to_carry.notified().await;
    }

    /// Tells what is known of copies and drills.
    pub(crate) async fn tell_news(&self, keeping: &Keeping) {
        let Ok(news) = keeping.backups.news().await else { return };
        self.vitals.drill(news.drill);
        if news.is_carried {
            self.vitals.off_site(Ok(news.carried));
        }
    }
}
