//! Mail by a server that we did not write, behind every kind of encryption: with a log-in where that is
//! sealed, and never a word of the password where it is not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::harness::canaries::{Place, search};
use crate::harness::process::Ended;
use crate::harness::{Home, until};

/// Debian's Python, which has Debian's aiosmtpd.
const PYTHON: &str = "/usr/bin/python3";
const SERVER: &str = include_str!("mail_server.py");
/// What the server wants to hear.
const PASSWORD: &str = "canary-password-of-the-mailbox";
const TOLD: &str = "a message to try this channel out";

/// An authority, and what it signed for 127.0.0.1.
struct Certificates {
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl Certificates {
    fn make(folder: &Path) -> Self {
        let script = "set -e; cd \"$1\"
            new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -batch \"$@\"; }
            new -x509 -days 2 -subj /CN=authority -keyout ca.key -out ca.pem
            new -subj /CN=mail -keyout mail.key -out mail.csr
            printf 'subjectAltName=IP:127.0.0.1\\nbasicConstraints=CA:FALSE\\n' > mail.ext
            openssl x509 -req -days 2 -in mail.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
                -extfile mail.ext -out mail.pem";
        let made = Command::new("bash")
            .args(["-c", script, "make"])
            .arg(folder)
            .output()
            .expect("bash and openssl run");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let at = |name: &str| folder.join(name);
        Self { authority: at("ca.pem"), certificate: at("mail.pem"), key: at("mail.key") }
    }
}

/// A running server.
struct Server {
    child: Child,
    port: u16,
    heard: PathBuf,
}

impl Server {
    fn start(folder: &Path, how: &str, certificates: &Certificates) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        drop(listener);
        let program = folder.join("mail_server.py");
        std::fs::write(&program, SERVER).unwrap();
        let heard = folder.join(format!("heard-{how}-{port}"));
        let out = File::create(&heard).unwrap();
        let mut command = Command::new(PYTHON);
        command.arg("-u").arg(&program).args([&port.to_string(), how]);
        if matches!(how, "starttls" | "tls") {
            command.arg(&certificates.certificate).arg(&certificates.key);
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .expect("Python runs");
        let server = Self { child, port, heard };
        until("the mail server (Debian: python3-aiosmtpd)", 20, || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
        });
        server
    }

    fn heard(&self) -> String {
        std::fs::read_to_string(&self.heard).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A house that tells by mail: how it speaks, to whom it does, and whom it believes.
fn tried(
    server: &Server,
    tls: &str,
    host: &str,
    password: &str,
    authority: Option<&Path>,
) -> Ended {
    let mut home = Home::new();
    let authority =
        authority.map(|path| format!("ca_file = \"{}\"\n", path.display())).unwrap_or_default();
    home.write(
        "flockwork.toml",
        &format!(
            "dry_run = true\n[alerts]\nreach = \"private\"\n\
             [[alerts.channel]]\nname = \"mail\"\nkind = \"smtp\"\nhost = \"{host}\"\nport = {}\n\
             tls = \"{tls}\"\n{authority}user = \"flock\"\nfrom = \"flock@example.org\"\n\
             to = [\"you@example.org\"]\n",
            server.port
        ),
    );
    home.set("FLOCKWORK_CHANNEL_PASSWORD__MAIL", password);
    let said = home.run(&["alerts", "test", "mail"]);
    let told = format!("{}{}", said.out, said.err);
    let secrets = [("the password", password.to_owned())];
    search(&secrets, &Place { name: "what the command says".to_owned(), bytes: told.as_bytes() });
    said
}

/// The password in none of its forms, nor the mail.
fn heard_nothing(server: &Server) {
    let heard = server.heard();
    let secrets = [("the password", PASSWORD.to_owned())];
    search(&secrets, &Place { name: "what the server heard".to_owned(), bytes: heard.as_bytes() });
    assert!(!heard.contains("b'AUTH ") && !heard.contains("b'MAIL"), "{heard}");
    assert!(!heard.contains(TOLD), "{heard}");
}

#[test]
fn mail_is_taken_behind_encryption_by_the_one_password() {
    let dir = tempfile::tempdir().unwrap();
    let certificates = Certificates::make(dir.path());
    let authority = Some(certificates.authority.as_path());
    for how in ["starttls", "tls"] {
        let server = Server::start(dir.path(), how, &certificates);
        let said = tried(&server, how, "127.0.0.1", PASSWORD, authority);
        let heard = server.heard();
        assert_eq!(said.code, Some(0), "{said:?}\n{heard}");
        assert!(heard.contains(TOLD) && heard.contains("sealed: b'AUTH "), "{heard}");
        assert!(!heard.contains("open: b'AUTH ") && !heard.contains("open: b'MAIL"), "{heard}");
        let wrong = "another-password-than-that";
        let said = tried(&server, how, "127.0.0.1", wrong, authority);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.out.contains("535") || said.err.contains("535"), "{said:?}");
        assert_eq!(server.heard().matches("MESSAGE FOLLOWS").count(), 1, "{}", server.heard());
    }
}

/// Somebody between the two may strike `STARTTLS` out of what the server offers.
#[test]
fn a_server_without_starttls_hears_neither_password_nor_mail() {
    let dir = tempfile::tempdir().unwrap();
    let certificates = Certificates::make(dir.path());
    for how in ["open", "login"] {
        let server = Server::start(dir.path(), how, &certificates);
        let said = tried(&server, "starttls", "127.0.0.1", PASSWORD, None);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(server.heard().contains("EHLO"), "{}", server.heard());
        heard_nothing(&server);
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_before_the_password() {
    let dir = tempfile::tempdir().unwrap();
    let certificates = Certificates::make(dir.path());
    let other = tempfile::tempdir().unwrap();
    let stranger = Certificates::make(other.path());
    for how in ["starttls", "tls"] {
        let server = Server::start(dir.path(), how, &certificates);
        for (host, authority) in [
            ("127.0.0.1", None),
            ("127.0.0.1", Some(stranger.authority.as_path())),
            // Good, but of another name.
            ("localhost", Some(certificates.authority.as_path())),
        ] {
            let said = tried(&server, how, host, PASSWORD, authority);
            assert_eq!(said.code, Some(1), "{host} {authority:?}: {said:?}");
            let told = format!("{}{}", said.out, said.err);
            assert!(told.to_lowercase().contains("certificate"), "{told}");
        }
        heard_nothing(&server);
    }
}

/// Within this machine a password may go in clear.
#[test]
fn a_server_of_this_machine_may_be_spoken_to_without_encryption() {
    let dir = tempfile::tempdir().unwrap();
    let certificates = Certificates::make(dir.path());
    let server = Server::start(dir.path(), "login", &certificates);
    let said = tried(&server, "none", "127.0.0.1", PASSWORD, None);
    assert_eq!(said.code, Some(0), "{said:?}\n{}", server.heard());
    assert!(server.heard().contains(TOLD), "{}", server.heard());
}
