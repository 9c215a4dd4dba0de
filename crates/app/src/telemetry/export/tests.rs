//! A collector that is slow, away or gone holds up nobody.

use std::sync::mpsc::channel;

use super::*;

/// A counter of the whole process: other tests count, too.
fn fate(name: &str) -> u64 {
    FATES.all().into_iter().find(|(fate, _)| *fate == name).expect("a fate").1
}

#[test]
fn a_collector_that_hangs_costs_spans_and_no_time() {
    let (release, hang) = channel::<()>();
    let hang = move |_| {
        // Until the test is over.
        let _ = hang.recv();
        HandedIn::Taken
    };
    let (export, farewell) = Export::start_with(hang, Resource::default(), Sampler::All).unwrap();
    let before = fate("no_room");
    for _ in 0..WAITING_MAX + BATCH_MAX + 100 {
        export.hand_in(Span::default());
    }
    assert!(fate("no_room") - before >= 100);
    drop(release);
    drop(farewell);
}

#[test]
fn what_is_refused_is_counted_and_what_waits_is_handed_in_at_the_end() {
    let (handed_in, requests) = channel();
    let refuse = move |request: Vec<u8>| {
        handed_in.send(request).unwrap();
        HandedIn::Refused("it answers 400".to_owned())
    };
    let (export, farewell) =
        Export::start_with(refuse, resource("birds", "here-1".to_owned()), Sampler::All).unwrap();
    let before = fate("not_taken");
    export.hand_in(Span { name: "send".to_owned(), ..Span::default() });
    drop(farewell);
    let request = requests.try_iter().next().expect("the rest is handed in");
    let request = ExportTraceServiceRequest::decode(request.as_slice()).unwrap();
    let of_node = &request.resource_spans[0];
    assert_eq!(of_node.scope_spans[0].spans[0].name, "send");
    let names: Vec<&str> = of_node
        .resource
        .iter()
        .flat_map(|of| &of.attributes)
        .map(|pair| pair.key.as_str())
        .collect();
    assert_eq!(names, ["service.name", "service.version", "service.instance.id"]);
    assert!(fate("not_taken") > before);
}
