//! Messages that wait to be sent, and events that wait for a digest.
//!
//! Nothing here sends or reads the clock: times are arguments, and sending is a function. A message
//! stays until its channel has accepted it, and keeps its id, so that a receiver recognizes a
//! repetition. After a failure, the messages of the channel wait longer and longer, in their order.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::notification::{Delivery, Event, Message, Severity, Subscription};
use crate::notify::Undelivered;
use crate::store::digest;

/// The number of messages that can wait. Older ones are lost.
const MOST: usize = 200;

/// The number of events that can wait for a digest, which is one message. Older ones are lost.
const MOST_HELD: usize = 5000;

/// The time until the second attempt, in seconds. Later ones take four times longer each.
const FIRST_RETRY: i64 = 60;

/// The longest time until the next attempt, in seconds.
const LONGEST_RETRY: i64 = 4 * 3600;

/// The messages and events that wait.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outbox {
    /// Events for the next digest, oldest first.
    held: Vec<Held>,
    /// Messages, oldest first.
    waiting: Vec<Waiting>,
    /// How many messages and events were lost: too many waited, or their channel was removed.
    #[serde(default)]
    lost: u64,
    /// When the last digest of each kind was made, in Unix seconds.
    #[serde(default)]
    digests: BTreeMap<Delivery, i64>,
    /// The channels that were configured the last time, see [`crate::notification::Channel::identity`].
    #[serde(default)]
    channels: BTreeSet<String>,
    /// The variables of channels of which it was noted that they are not set.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    off: BTreeSet<String>,
}

/// An event that waits for a digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    /// See [`crate::notification::Channel::identity`].
    channel: String,
    event: Event,
}

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    /// See [`crate::notification::Channel::identity`].
    pub(crate) channel: String,
    /// The message.
    pub(crate) message: Message,
    /// Since when, in Unix seconds.
    pub(crate) since: i64,
    /// The number of attempts.
    #[serde(default)]
    pub(crate) attempts: u32,
    /// The time of the next attempt at the earliest, in Unix seconds.
    #[serde(default)]
    pub(crate) not_before: i64,
    /// Why the last attempt failed.
    #[serde(default)]
    pub(crate) error: String,
    /// Whether the receiver refused the message itself, so that others need not wait for it.
    #[serde(default)]
    is_rejected: bool,
}

impl Outbox {
    /// Returns the messages that wait.
    pub(crate) fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// Returns the channels that were configured the last time.
    pub(super) const fn channels(&self) -> &BTreeSet<String> {
        &self.channels
    }

    /// Remembers the variables that channels would have needed for events, and returns those that were not
    /// noted since they were last set.
    pub(super) fn newly_off(
        &mut self,
        available: &[&Subscription],
        mut off: BTreeSet<String>,
    ) -> BTreeSet<String> {
        let on = available.iter().filter_map(|one| one.channel.variable());
        let on: BTreeSet<&str> = on.collect();
        self.off.retain(|variable| !on.contains(variable.as_str()));
        off.retain(|variable| self.off.insert(variable.clone()));
        off
    }

    /// Returns how many messages were lost: too many waited, or their channel was removed.
    pub(crate) const fn lost(&self) -> u64 {
        self.lost
    }

    /// Adds events for every channel that receives them, each channel once.
    pub(crate) fn add(&mut self, channels: &[&Subscription], events: &[Event], now: i64) {
        for event in events {
            let receiving = channels.iter().filter(|one| one.includes(event));
            let identities: BTreeSet<String> =
                receiving.map(|one| one.channel.identity()).collect();
            for channel in identities {
                self.hasten_earlier(&channel, event, now);
                let event = event.clone();
                match event.deliver {
                    Delivery::Now => self.push(channel, vec![event], Delivery::Now, now),
                    Delivery::Hourly | Delivery::Daily => self.hold(Held { channel, event }),
                }
            }
        }
    }

    /// Keeps an event for a digest. It can be here already if the program was stopped before it saved that the event
    /// had been found.
    fn hold(&mut self, new: Held) {
        let mut held = self.held.iter();
        if held.all(|held| held.channel != new.channel || held.event.id != new.event.id) {
            self.held.push(new);
        }
    }

    /// Sends the events that a channel has not received about the same alert no later than this one, as
    /// after a change of `deliver`. Otherwise the last that people read might be that it fires.
    fn hasten_earlier(&mut self, channel: &str, event: &Event, now: i64) {
        if event.subject().is_none() {
            return;
        }
        let is_earlier = |held: &Held| {
            held.channel == channel
                && held.event.subject() == event.subject()
                && held.event.deliver > event.deliver
        };
        let (earlier, others): (Vec<Held>, Vec<Held>) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(is_earlier);
        self.held = others;
        for mut held in earlier {
            held.event.deliver = event.deliver;
            match event.deliver {
                Delivery::Now => self.push(held.channel, vec![held.event], Delivery::Now, now),
                Delivery::Hourly | Delivery::Daily => self.hold(held),
            }
        }
    }

    fn push(&mut self, channel: String, events: Vec<Event>, deliver: Delivery, now: i64) {
        let ids = events.iter().map(|event| event.id.as_str());
        let parts: Vec<&str> = [channel.as_str()].into_iter().chain(ids).collect();
        let mut id = format!("{deliver} {}", parts.join(" "));
        if deliver != Delivery::Now {
            id += &format!(" {now}");
        }
        let id = digest(id.as_bytes())[..32].to_owned();
        if self.waiting.iter().any(|one| one.message.id == id) {
            return;
        }
        let campaign = events.first().map(|event| event.campaign.clone());
        self.waiting.push(Waiting {
            channel,
            message: Message {
                id,
                deliver,
                campaign: campaign.unwrap_or_default(),
                events,
            },
            since: now,
            attempts: 0,
            not_before: 0,
            error: String::new(),
            is_rejected: false,
        });
    }

    /// Removes the oldest of too many messages and events, and returns whether there were too many. It is
    /// called after sending, because accepted messages do not wait.
    pub(crate) fn forget_excess(&mut self) -> bool {
        let held = self.held.len().saturating_sub(MOST_HELD);
        let waiting = self.waiting.len().saturating_sub(MOST);
        self.held.drain(..held);
        self.waiting.drain(..waiting);
        self.lost += (held + waiting) as u64;
        held + waiting > 0
    }

    /// Removes the events that wait for a digest and say that this alert fires, because its good state has ended.
    pub(super) fn withdraw(&mut self, channel: &str, alert: &str, branch: Option<&str>) {
        self.held.retain(|held| {
            let event = &held.event;
            held.channel != channel || event.subject() != Some((alert, branch))
        });
    }

    /// Makes the digests of the events whose period has ended. A channel that could not be used at its end gets
    /// them as soon as it can be used.
    ///
    /// `standing` has an event for each alert of severity `info` that fires: an unchanged good state
    /// is news in the first digest of a period. A digest without any event is not made.
    pub(crate) fn make_digests(
        &mut self,
        channels: &[&Subscription],
        standing: &[Event],
        zone: &TimeZone,
        now: i64,
    ) {
        for deliver in [Delivery::Hourly, Delivery::Daily] {
            let last = *self.digests.entry(deliver).or_insert(now);
            let is_new = period(deliver, now, zone) > period(deliver, last, zone);
            if is_new {
                self.digests.insert(deliver, now);
            }
            let identities: BTreeSet<String> =
                channels.iter().map(|one| one.channel.identity()).collect();
            for channel in identities {
                let mut own = channels
                    .iter()
                    .filter(|one| one.channel.identity() == channel);
                let standing = standing.iter().filter(|event| {
                    is_new && event.deliver == deliver && own.clone().any(|one| one.includes(event))
                });
                let standing = standing.cloned().collect();
                let has_ended =
                    |event: &Event| period(deliver, event.time, zone) < period(deliver, now, zone);
                let events = self.take_held(&channel, deliver, standing, &has_ended);
                if !events.is_empty() && own.next().is_some() {
                    self.push(channel, events, deliver, now);
                }
            }
        }
    }

    /// Removes the events that a channel gets in a digest and returns them in the order to show. An
    /// event about a good state that stands is not shown twice, and not before its period has ended.
    fn take_held(
        &mut self,
        channel: &str,
        deliver: Delivery,
        mut standing: Vec<Event>,
        has_ended: &dyn Fn(&Event) -> bool,
    ) -> Vec<Event> {
        let is_own = |held: &Held| {
            held.channel == channel && held.event.deliver == deliver && has_ended(&held.event)
        };
        let (own, others): (Vec<Held>, Vec<Held>) =
            std::mem::take(&mut self.held).into_iter().partition(is_own);
        self.held = others;
        standing.retain(|event| {
            let mut later = self.held.iter().filter(|held| held.channel == channel);
            later.all(|held| held.event.subject() != event.subject())
        });
        let mut events: Vec<Event> = own.into_iter().map(|held| held.event).collect();
        events.retain(|event| {
            event.severity != Severity::Info
                || standing
                    .iter()
                    .all(|other| other.subject() != event.subject())
        });
        events.extend(standing);
        // Events of the same branch keep their order.
        events.sort_by_key(|event| {
            let branch = event.fact(Event::BRANCH).map(str::to_owned);
            (event.severity, event.package.clone(), branch)
        });
        events
    }

    /// Tries to send every message that may be sent now. After each change, `save` is called, so that
    /// a message is repeated only if this process ends between sending and saving.
    ///
    /// A channel that fails is not tried again in this call: its messages keep their order, and a
    /// receiver that hangs costs one time limit. A message that the receiver refuses holds up only those
    /// about the same alerts.
    pub(crate) fn send<E>(
        &mut self,
        channels: &[&Subscription],
        clock: &dyn Fn() -> i64,
        deadline: i64,
        send: &mut dyn FnMut(&Subscription, &Message) -> Result<(), Undelivered>,
        save: &mut dyn FnMut(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        for channel in channels {
            let identity = channel.channel.identity();
            while clock() < deadline {
                let Some(at) = self.next(&identity, clock()) else {
                    break;
                };
                let sent = send(channel, &self.waiting[at].message);
                let goes_on = sent.as_ref().err().is_none_or(|error| error.is_rejected);
                match sent {
                    Ok(()) => drop(self.waiting.remove(at)),
                    Err(error) => self.waiting[at].fail(error, clock()),
                }
                save(self)?;
                if !goes_on {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Returns the position of the message to send next to a channel, if one may be sent now.
    fn next(&self, channel: &str, now: i64) -> Option<usize> {
        let mut held_up = BTreeSet::new();
        for (at, waiting) in self.waiting.iter().enumerate() {
            if waiting.channel != channel {
                continue;
            }
            let alerts = alerts_of(&waiting.message);
            if held_up.is_disjoint(&alerts) {
                if waiting.not_before <= now {
                    return Some(at);
                }
                if !waiting.is_rejected {
                    return None;
                }
            }
            held_up.extend(alerts);
        }
        None
    }

    /// Passes on what waits for channels that are not configured any more to a new channel of the same
    /// kind that receives it, as if the name of a file was corrected. Returns the channel of each message
    /// that is lost because there is none.
    ///
    /// A channel that was configured before has had its own messages, or does not want them.
    ///
    /// Events for a digest are kept, and without any channel so are messages: a configuration may lack
    /// its channels for one run only.
    pub(crate) fn reassign(&mut self, configured: &[Subscription]) -> Vec<String> {
        for held in &mut self.held {
            let events = std::slice::from_ref(&held.event);
            if let Some(channel) = receiver(configured, &self.channels, &held.channel, events) {
                held.channel = channel;
            }
        }
        let mut lost = Vec::new();
        if configured.is_empty() {
            return lost;
        }
        self.waiting.retain_mut(|waiting| {
            let events = &waiting.message.events;
            let Some(channel) = receiver(configured, &self.channels, &waiting.channel, events)
            else {
                lost.push(waiting.channel.clone());
                return false;
            };
            if channel != waiting.channel {
                waiting.channel = channel;
                (waiting.attempts, waiting.not_before) = (0, 0);
                waiting.error.clear();
                waiting.is_rejected = false;
            }
            true
        });
        self.lost += lost.len() as u64;
        let channels = configured.iter().map(|one| one.channel.identity());
        self.channels = channels.collect();
        lost
    }
}

/// Returns the channel for what waits for `channel`: the same one, or else the first of the same kind that
/// receives any of the events and is not among the channels that were configured `before`.
fn receiver(
    configured: &[Subscription],
    before: &BTreeSet<String>,
    channel: &str,
    events: &[Event],
) -> Option<String> {
    if configured
        .iter()
        .any(|one| one.channel.identity() == channel)
    {
        return Some(channel.to_owned());
    }
    let includes_any = |one: &&Subscription| events.iter().any(|event| one.includes(event));
    let mut heirs = heirs(configured, before, channel).filter(includes_any);
    heirs.next().map(|one| one.channel.identity())
}

/// Returns the channels of the same kind as `channel`, which is not configured any more, that are not among
/// the channels that were configured `before`.
pub(super) fn heirs<'a>(
    configured: &'a [Subscription],
    before: &BTreeSet<String>,
    channel: &str,
) -> impl Iterator<Item = &'a Subscription> {
    let kind = |identity: &str| identity.split(' ').next().map(str::to_owned);
    configured.iter().filter(move |one| {
        let identity = one.channel.identity();
        kind(&identity) == kind(channel) && !before.contains(&identity)
    })
}

/// Returns the facts that identify the alerts of a message.
fn alerts_of(message: &Message) -> BTreeSet<&(String, String)> {
    let events = message.events.iter().filter(|event| event.is_about_alert());
    events.filter_map(|event| event.facts.first()).collect()
}

impl Waiting {
    fn fail(&mut self, error: Undelivered, now: i64) {
        self.is_rejected = error.is_rejected;
        let factor = 4_i64.saturating_pow(self.attempts.min(10));
        let pause = FIRST_RETRY.saturating_mul(factor).min(LONGEST_RETRY);
        self.attempts = self.attempts.saturating_add(1);
        self.not_before = now.saturating_add(pause.max(error.retry_after.unwrap_or(0)));
        self.error = error.reason;
    }
}

/// Returns the number of the period that a moment is in: hours of the zone's clocks since 1970, or the date.
fn period(deliver: Delivery, at: i64, zone: &TimeZone) -> i64 {
    let moment = Timestamp::from_second(at).unwrap_or_default();
    match deliver {
        Delivery::Now | Delivery::Hourly => {
            // Some zones differ from UTC by half an hour. Whole hours would repeat an hour at the end of summer time.
            let offset = i64::from(zone.to_offset(moment).seconds());
            (at + offset.rem_euclid(3600)).div_euclid(3600)
        }
        Delivery::Daily => {
            let date = moment.to_zoned(zone.clone()).date();
            i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::{Channel, MessageFormat};

    fn channel(name: &str) -> Subscription {
        Subscription {
            on: vec!["alert.*".to_owned()],
            channel: Channel::example("file", name),
            format: MessageFormat::Json,
            has_veto: false,
            file: String::new(),
            line: 1,
        }
    }

    fn event(id: &str, severity: Severity, deliver: Delivery) -> Event {
        Event {
            id: id.to_owned(),
            name: "alert.firing".to_owned(),
            severity,
            deliver,
            title: id.to_owned(),
            time: 0,
            campaign: "a".to_owned(),
            package: None,
            facts: vec![("alert".to_owned(), id.to_owned())],
            places: Vec::new(),
        }
    }

    /// Sends what can be sent at a time, and returns the titles that arrived.
    fn sent(outbox: &mut Outbox, channels: &[&Subscription], now: i64, works: bool) -> Vec<String> {
        let mut titles = Vec::new();
        let result: Result<(), ()> = outbox.send(
            channels,
            &|| now,
            now + 20,
            &mut |_, message| {
                if !works {
                    let reason = "no connection".to_owned();
                    return Err(Undelivered {
                        reason,
                        retry_after: None,
                        is_rejected: false,
                    });
                }
                titles.push(message.title());
                Ok(())
            },
            &mut |_| Ok(()),
        );
        result.unwrap();
        titles
    }

    #[test]
    fn message_is_kept_until_it_is_sent_and_then_sent_once() {
        let channel = channel("a.log");
        let channels = [&channel];
        let mut outbox = Outbox::default();
        let events = ["1", "2"].map(|id| event(id, Severity::Critical, Delivery::Now));
        outbox.add(&channels, &events, 0);
        // The same event again, as after a crash between two files.
        outbox.add(&channels, &events[..1], 0);
        assert_eq!(outbox.waiting().len(), 2);
        let ids: Vec<String> = outbox
            .waiting()
            .iter()
            .map(|one| one.message.id.clone())
            .collect();
        for (now, works, expected) in [
            (0, false, vec![]),
            // Not tried again yet.
            (59, true, vec![]),
            (60, false, vec![]),
            (60 + 239, true, vec![]),
            (300, false, vec![]),
            (300 + 960, true, vec!["1", "2"]),
            (300 + 960, true, vec![]),
        ] {
            let text = serde_json::to_string(&outbox).unwrap();
            outbox = serde_json::from_str(&text).unwrap();
            assert_eq!(
                sent(&mut outbox, &channels, now, works),
                expected,
                "at {now}"
            );
            let left = outbox.waiting().iter().map(|one| &one.message.id);
            assert!(left.eq(&ids[ids.len() - outbox.waiting().len()..]));
        }
    }

    #[test]
    fn digest_is_sent_after_the_end_of_its_period() {
        let channel = channel("a.log");
        let channels = [&channel];
        let zone = TimeZone::UTC;
        let mut outbox = Outbox::default();
        let warning = event("warning", Severity::Warning, Delivery::Hourly);
        let good = event("good", Severity::Info, Delivery::Hourly);
        for (now, events, standing, expected) in [
            (0, vec![warning.clone(), good.clone()], vec![], vec![]),
            (3599, vec![], vec![good.clone()], vec![]),
            // The good state stands, and is shown once.
            (
                3600,
                vec![],
                vec![good.clone()],
                vec!["hourly digest: 2 events"],
            ),
            (3700, vec![], vec![good.clone()], vec![]),
            (
                7300,
                vec![],
                vec![good.clone()],
                vec!["hourly digest: good"],
            ),
            // Nothing to report.
            (10_900, vec![], vec![], vec![]),
            // After hours without a run, an event still waits for the end of its own hour.
            (14_500, vec![warning.clone()], vec![], vec![]),
            (18_000, vec![], vec![], vec!["hourly digest: warning"]),
            // So does a good state.
            (21_700, vec![good.clone()], vec![good.clone()], vec![]),
            (
                25_300,
                vec![],
                vec![good.clone()],
                vec!["hourly digest: good"],
            ),
        ] {
            let events: Vec<Event> = events
                .into_iter()
                .map(|event| Event { time: now, ..event })
                .collect();
            outbox.add(&channels, &events, now);
            outbox.make_digests(&channels, &standing, &zone, now);
            assert_eq!(
                sent(&mut outbox, &channels, now, true),
                expected,
                "at {now}"
            );
        }
    }

    #[test]
    fn event_that_is_found_again_is_in_the_digest_once() {
        let channel = channel("a.log");
        let event = event("a", Severity::Warning, Delivery::Hourly);
        let mut outbox = Outbox::default();
        // Nothing else was saved before the program was stopped.
        outbox.add(&[&channel], std::slice::from_ref(&event), 0);
        outbox.add(&[&channel], &[event], 60);
        assert_eq!(outbox.held.len(), 1);
    }

    #[test]
    fn outbox_is_bounded_and_counts_what_it_lost() {
        let channel = channel("a.log");
        let channels = [&channel];
        let mut outbox = Outbox::default();
        for (deliver, most) in [(Delivery::Now, MOST), (Delivery::Daily, MOST_HELD)] {
            let numbers = 0..most + 100;
            let events = numbers.map(|number| event(&number.to_string(), Severity::Info, deliver));
            outbox.add(&channels, &events.collect::<Vec<_>>(), 0);
        }
        assert!(outbox.forget_excess());
        assert!(!outbox.forget_excess());
        let left = (outbox.waiting().len(), outbox.held.len());
        assert_eq!(left, (MOST, MOST_HELD));
        assert_eq!(outbox.lost(), 200);
        assert_eq!(outbox.waiting()[0].message.title(), "100");
    }

    #[test]
    fn digest_has_every_event_however_many_there_are() {
        let channel = channel("a.log");
        let channels = [&channel];
        let mut outbox = Outbox::default();
        outbox.make_digests(&channels, &[], &TimeZone::UTC, 0);
        let numbers = 0..2 * MOST;
        let events =
            numbers.map(|number| event(&number.to_string(), Severity::Warning, Delivery::Hourly));
        outbox.add(&channels, &events.collect::<Vec<_>>(), 0);
        assert!(!outbox.forget_excess());
        outbox.make_digests(&channels, &[], &TimeZone::UTC, 3600);
        let waiting = outbox.waiting().iter();
        let counts: Vec<usize> = waiting.map(|one| one.message.events.len()).collect();
        assert_eq!(counts, [2 * MOST]);
    }

    #[test]
    fn messages_that_are_accepted_are_not_lost_however_many_there_are() {
        let channel = channel("a.log");
        let channels = [&channel];
        let mut outbox = Outbox::default();
        let numbers = (0..2 * MOST).map(|number| number.to_string());
        let events: Vec<Event> = numbers
            .map(|number| event(&number, Severity::Info, Delivery::Now))
            .collect();
        outbox.add(&channels, &events, 0);
        assert_eq!(sent(&mut outbox, &channels, 0, true).len(), 2 * MOST);
        assert!(!outbox.forget_excess());
        assert_eq!(outbox.lost(), 0);
    }

    #[test]
    fn refused_message_holds_up_only_those_about_the_same_alert() {
        let channel = channel("a.log");
        let channels = [&channel];
        let mut outbox = Outbox::default();
        for (id, alert) in [("large", "x"), ("critical", "y"), ("later", "x")] {
            let event = Event {
                facts: vec![("alert".to_owned(), alert.to_owned())],
                ..event(id, Severity::Critical, Delivery::Now)
            };
            outbox.add(&channels, &[event], 0);
        }
        let mut attempts = Vec::new();
        for now in [0, 1, 3600] {
            let result: Result<(), ()> = outbox.send(
                &channels,
                &|| now,
                now + 20,
                &mut |_, message| {
                    attempts.push((now, message.title()));
                    match message.title().as_str() {
                        "large" if now < 3600 => Err(Undelivered {
                            reason: "the receiver answered with status 413".to_owned(),
                            retry_after: None,
                            is_rejected: true,
                        }),
                        _ => Ok(()),
                    }
                },
                &mut |_| Ok(()),
            );
            result.unwrap();
        }
        let attempts: Vec<(i64, &str)> = attempts
            .iter()
            .map(|(now, title)| (*now, title.as_str()))
            .collect();
        let expected = [
            (0, "large"),
            (0, "critical"),
            (3600, "large"),
            (3600, "later"),
        ];
        assert_eq!(attempts, expected);
    }

    #[test]
    fn messages_of_a_missing_channel_go_to_a_new_one_of_the_same_kind() {
        let other = |on: &str, channel: Channel| Subscription {
            on: vec![on.to_owned()],
            channel,
            ..self::channel("")
        };
        let file = |name: &str| Channel::example("file", name);
        for (configured, waiting, held, lost) in [
            (
                vec![other("alert.*", file("a.log"))],
                Some("file a.log"),
                "file a.log",
                0,
            ),
            (
                vec![other("alert.*", file("b.log"))],
                Some("file b.log"),
                "file b.log",
                0,
            ),
            // A channel that was there before has had the message.
            (
                vec![other("alert.*", file("old.log"))],
                None,
                "file a.log",
                1,
            ),
            (
                vec![
                    other("alert.*", file("old.log")),
                    other("alert.*", file("b.log")),
                ],
                Some("file b.log"),
                "file b.log",
                0,
            ),
            (vec![other("run.*", file("b.log"))], None, "file a.log", 1),
            (
                vec![other("*", Channel::example("terminal", ""))],
                None,
                "file a.log",
                1,
            ),
            // Without any channel, everything is kept.
            (vec![], Some("file a.log"), "file a.log", 0),
        ] {
            let channel = channel("a.log");
            let mut outbox = Outbox::default();
            let before = outbox.reassign(&[channel.clone(), self::channel("old.log")]);
            assert_eq!(before, [""; 0]);
            let now = event("1", Severity::Info, Delivery::Now);
            let later = event("2", Severity::Info, Delivery::Daily);
            outbox.add(&[&channel], &[now, later], 0);
            sent(&mut outbox, &[&channel], 0, false);
            let dropped = outbox.reassign(&configured);
            assert_eq!(dropped, vec!["file a.log"; lost], "{configured:?}");
            let first = outbox.waiting().first();
            assert_eq!(first.map(|one| one.channel.as_str()), waiting);
            if waiting == Some("file b.log") {
                assert_eq!(first.map(|one| one.not_before), Some(0), "tried at once");
            }
            assert_eq!(outbox.held[0].channel, held);
            assert_eq!(outbox.lost(), lost as u64);
        }
    }

    #[test]
    fn events_about_an_alert_keep_their_order_if_their_delivery_changes() {
        let channel = channel("a.log");
        let channels = [&channel];
        let change = |name: &str, alert: &str, deliver| Event {
            id: format!("{alert} {name}"),
            title: format!("{alert} {name}"),
            name: format!("alert.{name}"),
            ..event(alert, Severity::Warning, deliver)
        };
        for (before, after, at_once, next_hour) in [
            (
                Delivery::Daily,
                Delivery::Now,
                vec!["a firing", "a resolved"],
                vec![],
            ),
            (
                Delivery::Hourly,
                Delivery::Now,
                vec!["a firing", "a resolved"],
                vec![],
            ),
            (
                Delivery::Daily,
                Delivery::Hourly,
                vec![],
                vec!["hourly digest: 2 events"],
            ),
        ] {
            let mut outbox = Outbox::default();
            let zone = TimeZone::UTC;
            outbox.make_digests(&channels, &[], &zone, 0);
            let firing = ["a", "b"].map(|alert| change("firing", alert, before));
            outbox.add(&channels, &firing, 0);
            outbox.add(&channels, &[change("resolved", "a", after)], 1);
            assert_eq!(sent(&mut outbox, &channels, 1, true), at_once);
            outbox.held.retain(|held| held.event.facts[0].1 == "a");
            outbox.make_digests(&channels, &[], &zone, 3600);
            assert_eq!(sent(&mut outbox, &channels, 3600, true), next_hour);
        }
    }

    #[test]
    fn digest_is_made_as_soon_as_its_channel_can_be_used_after_its_period() {
        let channel = channel("a.log");
        let channels = [&channel];
        let held = event("1", Severity::Warning, Delivery::Hourly);
        for (now, expected) in [
            (3599, None),
            (3600, Some("hourly digest: 1")),
            (3601, Some("hourly digest: 1")),
        ] {
            let mut outbox = Outbox::default();
            outbox.make_digests(&channels, &[], &TimeZone::UTC, 0);
            outbox.add(&channels, std::slice::from_ref(&held), 0);
            // The hour ends without the channel.
            outbox.make_digests(&[], &[], &TimeZone::UTC, now);
            assert_eq!(sent(&mut outbox, &channels, now, true), [""; 0]);
            outbox.make_digests(&channels, &[], &TimeZone::UTC, now);
            let titles = sent(&mut outbox, &channels, now, true);
            assert_eq!(titles.first().map(String::as_str), expected, "at {now}");
        }
    }

    #[test]
    fn good_state_that_ended_is_not_in_the_digest_of_its_branch() {
        let channel = channel("a.log");
        let channels = [&channel];
        let on = |branch: &str| {
            let mut event = event("good", Severity::Info, Delivery::Hourly);
            event.add(Event::BRANCH, branch);
            event.title = format!("good on {branch}");
            event.id += branch;
            event
        };
        for (ended, expected) in [("main", "good on topic"), ("topic", "good on main")] {
            let mut outbox = Outbox::default();
            outbox.make_digests(&channels, &[], &TimeZone::UTC, 0);
            outbox.add(&channels, &[on("main"), on("topic")], 0);
            outbox.withdraw("file a.log", "good", Some(ended));
            outbox.make_digests(&channels, &[], &TimeZone::UTC, 3600);
            let titles = sent(&mut outbox, &channels, 3600, true);
            assert_eq!(titles, [format!("hourly digest: {expected}")]);
        }
    }

    #[test]
    fn digest_is_sorted_by_severity_package_and_branch() {
        let channel = channel("a.log");
        let channels = [&channel];
        let events = [
            (Severity::Warning, Some("b"), "main"),
            (Severity::Warning, None, "topic"),
            (Severity::Warning, None, "main"),
            (Severity::Warning, None, "topic"),
            (Severity::Critical, None, "topic"),
        ];
        let events = events
            .iter()
            .enumerate()
            .map(|(at, (severity, package, branch))| {
                let mut event = event(&at.to_string(), *severity, Delivery::Hourly);
                event.package = package.map(str::to_owned);
                event.add(Event::BRANCH, *branch);
                event
            });
        let mut outbox = Outbox::default();
        outbox.make_digests(&channels, &[], &TimeZone::UTC, 0);
        outbox.add(&channels, &events.collect::<Vec<_>>(), 0);
        outbox.make_digests(&channels, &[], &TimeZone::UTC, 3600);
        let events = outbox.waiting()[0].message.events.iter();
        let order: Vec<&str> = events.map(|event| event.id.as_str()).collect();
        assert_eq!(order, ["4", "2", "1", "3", "0"]);
    }

    #[test]
    fn hour_ends_with_the_hour_of_the_clocks_in_the_zone() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        for (name, end) in [
            ("UTC", "2026-11-28T14:00:00Z"),
            ("Asia/Kolkata", "2026-11-28T13:30:00Z"),
            ("Asia/Kathmandu", "2026-11-28T13:15:00Z"),
            ("America/St_Johns", "2026-11-28T13:30:00Z"),
            // The hour from 2 to 3 comes twice.
            ("Europe/Berlin", "2026-10-25T01:00:00Z"),
        ] {
            let zone = jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap();
            let hour = |moment| period(Delivery::Hourly, moment, &zone);
            let end = at(end);
            assert_eq!(hour(end - 3600), hour(end - 1), "{name}");
            assert_eq!(hour(end - 1) + 1, hour(end), "{name}");
        }
    }

    #[test]
    fn day_ends_at_midnight_of_the_zone() {
        let berlin = jiff::tz::TimeZoneDatabase::bundled()
            .get("Europe/Berlin")
            .unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let [before, after] = ["2026-11-28T22:59:59Z", "2026-11-28T23:00:00Z"].map(at);
        let day = |moment| period(Delivery::Daily, moment, &berlin);
        assert!(day(before) < day(after));
        let utc = |moment| period(Delivery::Daily, moment, &TimeZone::UTC);
        assert_eq!(utc(before), utc(after));
    }
}
