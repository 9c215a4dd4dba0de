//! A real Prometheus reads the node and works out our rules, and a real Alertmanager hears of what they
//! find. Both are Debian's.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::harness::http;
use crate::harness::{Home, Sandbox, until};

/// A program that ends with the test.
struct Program(Child);

impl Program {
    fn start(name: &str, args: &[String], folder: &Path) -> Self {
        let log = std::fs::File::create(folder.join(format!("{name}.log"))).expect("a log");
        let child = Command::new(name)
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the same log twice"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} (Debian: prometheus): {error}"));
        Self(child)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound port").port()
}

fn monitoring() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/monitoring");
    folder.canonicalize().expect("the folder of rules")
}

fn promtool(args: &[&str], input: &str) -> (bool, String) {
    use std::io::Write as _;
    let mut child = Command::new("promtool")
        .args(args)
        .current_dir(monitoring())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("promtool (Debian: prometheus): {error}"));
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(input.as_bytes()).expect("promtool reads");
    drop(stdin);
    let output = child.wait_with_output().expect("promtool ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn the_rules_say_what_they_should_and_nothing_else() {
    let (is_well, said) = promtool(&["test", "rules", "flockwork.test.yml"], "");
    assert!(is_well, "{said}");
}

#[test]
fn prometheus_reads_a_node_and_alertmanager_hears_that_it_was_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    let node = home.serve();
    until("a post", 20, || (sandbox.accepted("ada") >= 1).then_some(()));
    let scraped = home.get("/metrics").expect("the node answers").body;
    let (is_well, said) = promtool(&["check", "metrics"], &scraped);
    assert!(is_well && said.is_empty(), "{said}");
    // What a node shows is what the reference lists.
    let listed = home.run(&["reference", "metrics", "--format", "json"]).out;
    let listed =
        listed.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let listed: BTreeSet<String> =
        listed.map(|line| line["name"].as_str().unwrap().to_owned()).collect();
    let shown = scraped.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let shown: BTreeSet<String> = shown.map(|(name, _)| name.to_owned()).collect();
    assert_eq!(shown, listed);

    let ports = [free_port(), free_port()];
    let _programs = start(dir.path(), home.port, ports);
    let [prometheus, alertmanager] = ports;
    let asks = |query: &str| {
        let path = format!("/api/v1/query?query={query}");
        let reply = http::get(prometheus, &path).ok().filter(|reply| reply.status == 200)?;
        let value = reply.json();
        value["data"]["result"][0]["value"][1].as_str().map(str::to_owned)
    };
    until("a scrape", 30, || asks("flockwork_well").filter(|value| value == "1"));
    until("sends", 30, || asks("sum(flockwork_sends_total)").filter(|value| value != "0"));
    assert_eq!(home.run(&["bot", "pause", "--all"]).code, Some(0));
    until("the alert", 60, || {
        let alerts = http::get(alertmanager, "/api/v2/alerts").ok()?.body;
        alerts.contains("FlockworkStopped").then_some(())
    });
    node.stop();
}

/// Prometheus with our rules, quicker than in life, and an Alertmanager that tells nobody.
fn start(folder: &Path, node: u16, [prometheus, alertmanager]: [u16; 2]) -> Vec<Program> {
    let rules = std::fs::read_to_string(monitoring().join("flockwork.rules.yml")).expect("rules");
    let config = format!(
        "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\n\
         rule_files: [rules.yml]\n\
         alerting: {{ alertmanagers: [{{ static_configs: [{{ targets: ['127.0.0.1:{alertmanager}'] }}] }}] }}\n\
         scrape_configs: [{{ job_name: flockwork, static_configs: [{{ targets: ['127.0.0.1:{node}'] }}] }}]\n"
    );
    let files: BTreeMap<&str, String> = [
        ("prometheus.yml", config),
        ("rules.yml", rules.replace("for: 15m", "for: 1s")),
        ("alertmanager.yml", "route: { receiver: none }\nreceivers: [{ name: none }]\n".to_owned()),
    ]
    .into();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).expect("a file of the test");
    }
    let words = |args: &[&str]| args.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    let listen = |port: u16| format!("--web.listen-address=127.0.0.1:{port}");
    let mut manager = words(&["--config.file=alertmanager.yml", "--storage.path=alerts"]);
    manager.extend([listen(alertmanager), "--cluster.listen-address=".to_owned()]);
    let mut monitor = words(&["--config.file=prometheus.yml", "--storage.tsdb.path=series"]);
    monitor.push(listen(prometheus));
    vec![
        Program::start("prometheus-alertmanager", &manager, folder),
        Program::start("prometheus", &monitor, folder),
    ]
}
