//! The fake of a server that writes in bulk: files, and batches that end when their time has come.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::World;
use crate::chance::mix;
use crate::faults::BulkFault;
use crate::world::hold;

/// Files that are kept; beyond that no more are taken.
const FILES_MAX: usize = 10_000;
/// Lines of one file.
const LINES_MAX: usize = 50_000;

/// Files and batches.
#[derive(Default)]
pub(crate) struct Yard {
    files: BTreeMap<String, Vec<u8>>,
    /// In the order in which they were made.
    batches: Vec<Made>,
    delay: Option<SignedDuration>,
    requests: u64,
    names: u64,
}

/// A batch.
#[derive(Clone, Debug)]
struct Made {
    id: String,
    input: String,
    since: Timestamp,
    ends_at: Timestamp,
    /// The word at its end.
    end: &'static str,
    output: Option<String>,
    errors: Option<String>,
    counts: (usize, usize, usize),
    bill: Vec<(u64, u64)>,
}

/// What a door is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BulkReply {
    Json(u16, Value),
    Bytes(Vec<u8>),
    Closed,
}

/// One line of work: the status and the body of its answer, and its tokens where it was done.
pub(crate) type Line = (u16, Value, Option<(u64, u64)>);

impl World {
    /// How long a batch takes from now on; an hour unless this is said.
    pub fn set_bulk_delay(&self, delay: SignedDuration) {
        hold(&self.bulk).delay = Some(delay);
    }

    /// The next request of that kind (`upload`, `create`, `list`, `look`, `fetch`) meets this.
    pub fn next_bulk(&self, step: &str, fault: BulkFault) {
        self.order(crate::FaultOrder::Bulk { fault, step: Some(step.to_owned()), times: 1 });
    }

    /// How many batches were made, ever.
    pub fn batches(&self) -> usize {
        hold(&self.bulk).batches.len()
    }

    /// The tokens (prompt, answer) of each line that was worked on, of batches that have ended.
    pub fn bulk_tokens(&self) -> Vec<(u64, u64)> {
        let now = self.now();
        let yard = hold(&self.bulk);
        let ended = yard.batches.iter().filter(|batch| batch.ends_at <= now);
        ended.flat_map(|batch| batch.bill.iter().copied()).collect()
    }

    /// What goes wrong with this request.
    fn bulk_fault(&self, step: &str) -> Option<BulkFault> {
        let mut yard = hold(&self.bulk);
        yard.requests += 1;
        let draw = mix(&[self.seed, yard.requests, 7]);
        drop(yard);
        self.faults().bulk.take(step, draw)
    }

    pub(crate) fn upload(&self, bytes: Vec<u8>) -> BulkReply {
        let fault = self.bulk_fault("upload");
        if let Some(reply) = refused(fault) {
            return reply;
        }
        let mut yard = hold(&self.bulk);
        if yard.files.len() >= FILES_MAX {
            return error(400, "There are too many files.");
        }
        let id = yard.store(bytes);
        reply(fault, 200, json!({ "id": id, "object": "file", "purpose": "batch" }))
    }

    /// Works on every line at once; what it brings is shown when the batch's time has come.
    pub(crate) fn make_batch(&self, wish: &Value, work: impl Fn(&[u8]) -> Line) -> BulkReply {
        let fault = self.bulk_fault("create");
        if let Some(reply) = refused(fault) {
            return reply;
        }
        let input = wish["input_file_id"].as_str().unwrap_or_default();
        let Some(bytes) = hold(&self.bulk).files.get(input).cloned() else {
            return error(400, "No such File object.");
        };
        if wish["endpoint"] != "/v1/chat/completions" || wish["completion_window"] != "24h" {
            return error(400, "Invalid endpoint or completion window.");
        }
        let worked = Worked::on(&bytes, fault, work);
        let made_at = self.now();
        let mut yard = hold(&self.bulk);
        let made = yard.make(input, worked, (fault, made_at));
        let view = made.view(made_at);
        yard.batches.push(made);
        reply(fault, 200, view)
    }

    pub(crate) fn list_batches(&self) -> BulkReply {
        let fault = self.bulk_fault("list");
        if let Some(reply) = refused(fault) {
            return reply;
        }
        let now = self.now();
        let yard = hold(&self.bulk);
        let views: Vec<Value> = yard.batches.iter().rev().map(|batch| batch.view(now)).collect();
        reply(fault, 200, json!({ "object": "list", "data": views, "has_more": false }))
    }

    pub(crate) fn look_at_batch(&self, id: &str) -> BulkReply {
        let fault = self.bulk_fault("look");
        if let Some(reply) = refused(fault) {
            return reply;
        }
        let now = self.now();
        let yard = hold(&self.bulk);
        match yard.batches.iter().find(|batch| batch.id == id) {
            Some(batch) => reply(fault, 200, batch.view(now)),
            None => error(404, "No such batch."),
        }
    }

    pub(crate) fn file(&self, id: &str) -> BulkReply {
        let fault = self.bulk_fault("fetch");
        if let Some(reply) = refused(fault) {
            return reply;
        }
        match hold(&self.bulk).files.get(id) {
            Some(bytes) => BulkReply::Bytes(bytes.clone()),
            None => error(404, "No such File object."),
        }
    }
}

impl Yard {
    fn store(&mut self, bytes: Vec<u8>) -> String {
        self.names += 1;
        let id = format!("file-{}", self.names);
        self.files.insert(id.clone(), bytes);
        id
    }

    fn make(
        &mut self,
        input: &str,
        worked: Worked,
        (fault, made_at): (Option<BulkFault>, Timestamp),
    ) -> Made {
        self.names += 1;
        let id = format!("batch_{}", self.names);
        let delay = self.delay.unwrap_or(SignedDuration::from_hours(1));
        let (end, delay) = match fault {
            Some(BulkFault::Fails) => ("failed", delay),
            Some(BulkFault::Expires) => ("expired", SignedDuration::from_hours(24)),
            Some(BulkFault::Stuck) => ("completed", SignedDuration::from_hours(24 * 365)),
            _ => ("completed", delay),
        };
        let file = |yard: &mut Self, lines: Vec<u8>| (!lines.is_empty()).then(|| yard.store(lines));
        Made {
            id,
            input: input.to_owned(),
            since: made_at,
            ends_at: made_at + delay,
            end,
            output: file(self, worked.output),
            errors: file(self, worked.errors),
            counts: (worked.lines, worked.bill.len(), worked.failed),
            bill: worked.bill,
        }
    }
}

/// What the lines of a file brought.
#[derive(Default)]
struct Worked {
    lines: usize,
    failed: usize,
    output: Vec<u8>,
    errors: Vec<u8>,
    bill: Vec<(u64, u64)>,
}

impl Worked {
    /// The answers come in the opposite order: nobody may rely on it.
    fn on(bytes: &[u8], fault: Option<BulkFault>, work: impl Fn(&[u8]) -> Line) -> Self {
        let lines: Vec<Value> = bytes
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .take(LINES_MAX)
            .collect();
        let mut worked = Self { lines: lines.len(), ..Self::default() };
        if fault == Some(BulkFault::Fails) {
            return worked;
        }
        for (place, line) in lines.iter().enumerate().rev() {
            let is_spoilt = match fault {
                Some(BulkFault::Expires) => place >= lines.len().div_ceil(2),
                Some(BulkFault::PartialErrors) => place % 2 == 1,
                _ => false,
            };
            let (status, body, tokens) = if is_spoilt {
                let message = "This request could not be executed before the batch expired.";
                (0, json!({ "error": { "message": message, "code": "batch_expired" } }), None)
            } else {
                work(line["body"].to_string().as_bytes())
            };
            worked.take(&line["custom_id"], status, &body, tokens);
        }
        worked
    }

    fn take(&mut self, id: &Value, status: u16, body: &Value, tokens: Option<(u64, u64)>) {
        let is_done = status == 200;
        let line = if status == 0 {
            json!({ "id": id, "custom_id": id, "response": null, "error": body["error"] })
        } else {
            let response = json!({ "status_code": status, "request_id": "r", "body": body });
            json!({ "id": id, "custom_id": id, "response": response, "error": null })
        };
        let file = if is_done { &mut self.output } else { &mut self.errors };
        file.extend_from_slice(line.to_string().as_bytes());
        file.push(b'\n');
        self.failed += usize::from(!is_done);
        self.bill.extend(tokens);
    }
}

impl Made {
    fn view(&self, now: Timestamp) -> Value {
        let has_ended = self.ends_at <= now;
        let (total, completed, failed) =
            if has_ended { self.counts } else { (self.counts.0, 0, 0) };
        json!({
            "id": self.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "input_file_id": self.input,
            "completion_window": "24h",
            "created_at": self.since.as_second(),
            "status": if has_ended { self.end } else { "in_progress" },
            "output_file_id": self.output.as_ref().filter(|_| has_ended),
            "error_file_id": self.errors.as_ref().filter(|_| has_ended),
            "request_counts": { "total": total, "completed": completed, "failed": failed },
        })
    }
}

/// A fault under which nothing is done.
fn refused(fault: Option<BulkFault>) -> Option<BulkReply> {
    Some(match fault? {
        BulkFault::Missing => error(404, "Invalid URL"),
        BulkFault::Status { status } => error(status, "The server had an error."),
        BulkFault::CloseBefore => BulkReply::Closed,
        BulkFault::CloseAfter
        | BulkFault::Fails
        | BulkFault::Expires
        | BulkFault::PartialErrors
        | BulkFault::Stuck => return None,
    })
}

/// What was done is done; the answer may be lost all the same.
fn reply(fault: Option<BulkFault>, status: u16, body: Value) -> BulkReply {
    if fault == Some(BulkFault::CloseAfter) {
        return BulkReply::Closed;
    }
    BulkReply::Json(status, body)
}

fn error(status: u16, message: &str) -> BulkReply {
    let error = json!({ "message": message, "type": "invalid_request_error", "code": null });
    BulkReply::Json(status, json!({ "error": error }))
}
