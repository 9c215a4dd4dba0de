//! X: are the keys right, may they write, and is this clock near X's?

use domain::model::BotId;
use domain::ports::{Clock, Me, ReadError, XApi};

use super::finding::Finding;

/// X's `Date` header has whole seconds and travels; signatures are good for five minutes.
const SKEW_SECS_LOOK: i64 = 5;
const SKEW_SECS_MAX: i64 = 60;

pub(super) async fn examine(x: &dyn XApi, bot: &BotId, clock: &dyn Clock) -> Vec<Finding> {
    match x.me(bot).await {
        Ok(me) => {
            let mut findings = vec![access(bot, &me)];
            findings.extend(skew(&me, clock));
            findings
        }
        Err(error) => vec![refused(bot, &error)],
    }
}

fn access(bot: &BotId, me: &Me) -> Finding {
    let who = format!("{bot} is @{}", me.username);
    match me.access_level.as_deref() {
        Some(level) if level.contains("write") => {
            Finding::good("X", format!("{who} and may post ({level})"))
        }
        Some(level) => Finding::bad(
            "X",
            format!("{who}, but its token may only {level}"),
            "in X's developer console give the app \"Read and write\", then make the access token \
             anew: old tokens keep the old permission",
        ),
        None => Finding::doubtful(
            "X",
            format!("{who}; X did not say whether it may post"),
            "look at the app's permissions in X's developer console",
        ),
    }
}

fn skew(me: &Me, clock: &dyn Clock) -> Option<Finding> {
    let skew = clock.now().duration_since(me.server_date?).as_secs();
    let way = if skew > 0 { "ahead of" } else { "behind" };
    let detail = format!("this machine is {} s {way} X", skew.abs());
    let mend = "set the clock by NTP (`timedatectl set-ntp true`)";
    Some(match skew.abs() {
        0..=SKEW_SECS_LOOK => Finding::good("clock", "agrees with X's"),
        ..=SKEW_SECS_MAX => Finding::doubtful("clock", detail, mend),
        _ => Finding::bad("clock", detail, mend),
    })
}

fn refused(bot: &BotId, error: &ReadError) -> Finding {
    let detail = format!("{bot}: {error}");
    match error {
        ReadError::Unauthorized(_) => Finding::bad(
            "X",
            detail,
            "copy the four TWITTER_ values anew; if they are right, this machine's clock is more \
             than five minutes off",
        ),
        ReadError::Forbidden(_) => Finding::bad(
            "X",
            detail,
            "look at the account on x.com and at the app in X's developer console",
        ),
        ReadError::OutOfCredit(_) => {
            Finding::bad("X", detail, "top up the credit in X's developer console")
        }
        ReadError::RateLimited { .. } => {
            Finding::doubtful("X", detail, "the keys are known; ask again later")
        }
        ReadError::Unavailable(_) => Finding::bad(
            "X",
            detail,
            "look at the network and at TWITTER_API_BASE_URL; status.x.com tells of outages",
        ),
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use domain::model::XUserId;
    use domain::ports::{SendReport, TimelinePage, TimelineQuery};
    use testkit::{TestClock, at};

    use super::super::finding::Outcome;
    use super::*;

    /// X as it answers to one question.
    struct OneAnswer(Result<Me, ReadError>);

    #[async_trait]
    impl XApi for OneAnswer {
        async fn create_post(&self, _: &BotId, _: &str) -> SendReport {
            unreachable!("the doctor sends nothing")
        }
        async fn me(&self, _: &BotId) -> Result<Me, ReadError> {
            self.0.clone()
        }
        async fn timeline(
            &self,
            _: &BotId,
            _: &XUserId,
            _: &TimelineQuery,
        ) -> Result<TimelinePage, ReadError> {
            unreachable!("the doctor reads no timeline")
        }
    }

    fn me(access_level: Option<&str>, date: &str) -> Me {
        Me {
            user: "12".to_owned().try_into().unwrap(),
            username: "ada".to_owned(),
            post_count: None,
            access_level: access_level.map(str::to_owned),
            server_date: Some(at(date)),
        }
    }

    #[tokio::test]
    async fn each_answer_of_x_is_judged() {
        const NOW: &str = "2026-11-23T12:00:00Z";
        let cases = [
            (Ok(me(Some("read-write"), NOW)), vec![Outcome::Good, Outcome::Good]),
            (Ok(me(Some("read-write-directmessages"), NOW)), vec![Outcome::Good, Outcome::Good]),
            (Ok(me(Some("read"), NOW)), vec![Outcome::Bad, Outcome::Good]),
            (Ok(me(None, NOW)), vec![Outcome::Doubtful, Outcome::Good]),
            (
                Ok(me(Some("read-write"), "2026-11-23T12:00:30Z")),
                vec![Outcome::Good, Outcome::Doubtful],
            ),
            (Ok(me(Some("read-write"), "2026-11-23T11:50:00Z")), vec![Outcome::Good, Outcome::Bad]),
            (Err(ReadError::Unauthorized("401".to_owned())), vec![Outcome::Bad]),
            (Err(ReadError::RateLimited { until: None }), vec![Outcome::Doubtful]),
            (Err(ReadError::Unavailable("timed out".to_owned())), vec![Outcome::Bad]),
        ];
        let (bot, clock) = (BotId::try_from("ada").unwrap(), TestClock::at(at(NOW)));
        for (answer, outcomes) in cases {
            let findings = examine(&OneAnswer(answer.clone()), &bot, &clock).await;
            let found: Vec<_> = findings.iter().map(|finding| finding.outcome).collect();
            assert_eq!(found, outcomes, "{answer:?}");
            let has_mend = |finding: &Finding| finding.mend.is_some();
            assert!(findings.iter().all(|f| f.outcome == Outcome::Good || has_mend(f)));
        }
    }
}
