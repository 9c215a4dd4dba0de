//! `flockwork users link`: where the link leads.

use crate::place::Place;

#[test]
fn a_link_leads_to_the_name_that_people_use() {
    let leads_to = |hosts: &str, address: &str| {
        let place = Place::new().with("FLOCKWORK_ALLOWED_HOSTS", hosts);
        let said = place.with("BIND_ADDRESS", address).run(&["users", "link"]);
        assert_eq!(said.code, 0, "{said:?}");
        said.out.split("/welcome/").next().unwrap().to_owned()
    };
    assert_eq!(leads_to("", "127.0.0.1"), "http://127.0.0.1:3000");
    // A container whose port this machine alone sees.
    assert_eq!(leads_to("localhost", "0.0.0.0"), "http://127.0.0.1:3000");
    assert_eq!(leads_to("localhost,flock.example.org", "0.0.0.0"), "https://flock.example.org");
}
