//! `flockwork health`, against a server that says what the test wants.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::place::{Place, free_port};

fn answering(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 512];
        let read = stream.read(&mut asked).unwrap();
        assert!(asked[..read].starts_with(b"GET /health HTTP/1.0\r\nHost: localhost\r\n"));
        stream.write_all(answer.as_bytes()).unwrap();
    });
    port
}

#[test]
fn well_is_0_and_everything_else_is_1() {
    let ask = |port: u16| Place::new().with("HEALTH_CHECK_PORT", port.to_string()).run(&["health"]);
    let well = ask(answering("HTTP/1.0 200 OK\r\n\r\n{}"));
    assert_eq!((well.code, well.out.as_str()), (0, "well\n"));
    let ill = ask(answering("HTTP/1.0 503 Service Unavailable\r\n\r\n{}"));
    assert!(ill.code == 1 && ill.err.contains("503") && ill.err.contains("hint:"), "{ill:?}");
    assert_eq!(ask(answering("220 mail.example.org ESMTP\r\n")).code, 1);
    let gone = ask(free_port());
    assert!(gone.code == 1 && gone.err.contains("flockwork serve"), "{gone:?}");
}
