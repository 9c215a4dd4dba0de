//! The signatures that X's documentation prints, and those derived from the same keys. The keys are
//! public and dead.

use domain::model::{BotId, Credentials, Secret};

use super::super::accounts::Accounts;
use super::*;

fn accounts() -> (Accounts, BotId) {
    let bot = BotId::try_from("ada").unwrap();
    let credentials = Credentials {
        api_key: Secret::new("xvz1evFS4wEEPTGEFPHBog"),
        api_secret: Secret::new("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"),
        access_token: Secret::new("370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
        access_secret: Secret::new("LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"),
    };
    ([(bot.clone(), credentials)].into_iter().collect(), bot)
}

fn signed(method: &str, url: &str, params: &[(&str, &str)]) -> String {
    let (accounts, bot) = accounts();
    let stamp = Stamp {
        nonce: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg".to_owned(),
        timestamp_secs: 1_318_622_958,
    };
    let params: Vec<(&str, String)> =
        params.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let url = Url::parse(url).unwrap();
    authorization(method, &url, &params, &accounts.find(&bot).unwrap(), &stamp)
}

#[test]
fn every_documented_signature_comes_out() {
    let status = "Hello Ladies + Gentlemen, a signed OAuth request!";
    let form = [("include_entities", "true"), ("status", status)];
    let ids = "1261326399320715264,1278347468690915330";
    let two = [("ids", ids), ("tweet.fields", "created_at,public_metrics")];
    let cases = [
        (
            "POST",
            "https://api.x.com/1.1/statuses/update.json",
            &form[..],
            "Ls93hJiZbQ3akF3HF3x1Bz8/zU4=",
        ),
        (
            "POST",
            "https://api.twitter.com/1.1/statuses/update.json",
            &form[..],
            "hCtSmYh+iHYCEqBWrE7C7hYmtUk=",
        ),
        (
            "POST",
            "https://api.twitter.com/1/statuses/update.json",
            &form[..],
            "tnnArxj06cWHq44gCs1OSKk/jLY=",
        ),
        ("POST", "https://api.x.com/2/tweets", &[], "lr+tV/DKclEvXKVjG6tgaSSLV0k="),
        ("GET", "https://api.x.com/2/tweets", &two[..], "MBZMhzwoddLo7UPiY56XjA/K1kA="),
        (
            "DELETE",
            "https://api.x.com/2/tweets/1445880548472328192",
            &[],
            "TthENO2qlGBISSakx+HkjNy7NpU=",
        ),
        ("GET", "https://api.x.com/2/users/me", &[], "s6npKHEFSxFN4Kn7jGHKfpcDUOI="),
    ];
    for (method, url, params, signature) in cases {
        let header = signed(method, url, params);
        let field = format!("oauth_signature=\"{}\"", encode(signature));
        assert!(header.ends_with(&field), "{method} {url}: {header}");
    }
}

#[test]
fn the_header_is_the_one_in_the_documentation() {
    let status = "Hello Ladies + Gentlemen, a signed OAuth request!";
    let header = signed(
        "POST",
        "https://api.twitter.com/1.1/statuses/update.json",
        &[("include_entities", "true"), ("status", status)],
    );
    assert_eq!(
        header,
        "OAuth oauth_consumer_key=\"xvz1evFS4wEEPTGEFPHBog\", \
         oauth_nonce=\"kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg\", \
         oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"1318622958\", \
         oauth_token=\"370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb\", \
         oauth_version=\"1.0\", oauth_signature=\"hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D\""
    );
}

#[test]
fn values_are_encoded_as_documented() {
    for (plain, encoded) in [
        ("Ladies + Gentlemen", "Ladies%20%2B%20Gentlemen"),
        ("An encoded string!", "An%20encoded%20string%21"),
        ("Dogs, Cats & Mice", "Dogs%2C%20Cats%20%26%20Mice"),
        ("☃", "%E2%98%83"),
        ("a-b._~*", "a-b._~%2A"),
    ] {
        assert_eq!(encode(plain), encoded);
    }
    let params = [("ids", "1,2".to_owned()), ("b", "x y+z".to_owned())];
    assert_eq!(query(&params), "ids=1%2C2&b=x%20y%2Bz");
}

#[test]
fn the_address_is_the_one_called_with_a_port_only_if_it_is_unusual() {
    for (url, signed_as) in [
        ("https://API.X.com:443/2/tweets", "https://api.x.com/2/tweets"),
        ("http://127.0.0.1:8080/2/tweets", "http://127.0.0.1:8080/2/tweets"),
        ("http://[::1]:80/2/tweets?a=b#c", "http://[::1]/2/tweets"),
    ] {
        assert_eq!(address(&Url::parse(url).unwrap()), signed_as);
    }
}

#[test]
fn parameters_are_sorted_by_encoded_name_then_value() {
    let url = Url::parse("https://api.x.com/r").unwrap();
    let params = [("b", "2"), ("a", "z"), ("b", "1"), ("a!", "0"), ("a1", "0")];
    assert_eq!(
        base_string("GET", &url, params.into_iter()),
        "GET&https%3A%2F%2Fapi.x.com%2Fr&a%3Dz%26a%2521%3D0%26a1%3D0%26b%3D1%26b%3D2"
    );
}

#[test]
fn two_stamps_of_one_moment_differ() {
    let now = testkit::at("2026-11-23T09:00:00Z");
    let (one, two) = (Stamp::fresh(now), Stamp::fresh(now));
    assert_ne!(one.nonce, two.nonce);
    assert_eq!(one.nonce.len(), 32);
    assert_eq!(one.timestamp_secs, now.as_second());
}
