//! The `flockwork` binary.

fn main() -> std::process::ExitCode {
    flockwork::run(Box::new(|parts| parts))
}
