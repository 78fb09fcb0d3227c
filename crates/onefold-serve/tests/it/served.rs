//! A server over a pipeline that has run, and requests to it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use onefold_engine::{Keep, Project, RunOptions, Timestamp};
use onefold_serve::{Options, Watcher, serve};
use tempfile::TempDir;

/// A value that breaks out of carelessly written HTML.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>";
/// A text that only a rejected record has.
pub(crate) const CANARY: &str = "canary-of-a-reject";

/// Bytes that can be uploaded.
pub(crate) const MAX_UPLOAD: u64 = 4 << 20;

pub(crate) const PIPELINE: &str = "
pipeline: people
sources:
  crm:
    path: crm.csv
    key: id
    fields: {id: {type: integer, required: true}, name: text, email: email, city: text, at: timestamp}
tables:
  events: {dedupe: {from: crm, by: [name, city, at]}}
  visits: {sessionize: {from: events, by: name, time: at, gap: 30m}}
outputs:
  - {table: events, path: events.csv}
  - {table: visits, path: visits.csv}
";

/// Rows of the source that are accepted.
pub(crate) const ROWS: usize = 40;

fn rows() -> String {
    let mut text = "id,name,email,city,at\n".to_owned();
    for row in 0..ROWS {
        let name = if row == 3 {
            HOSTILE.to_owned()
        } else {
            format!("Ann {row}")
        };
        let city = ["Rome", "Oslo", "", "=1+1"][row % 4];
        text += &format!("{row},{name},ann{row}@example.org,{city},2026-01-05T10:{row:02}:00Z\n");
    }
    text + &format!("x,Bob,{CANARY}@,Rome,2026-01-05T10:00:00Z\n")
}

/// A server at work; it stops when this is dropped.
pub(crate) struct Served {
    pub(crate) folder: TempDir,
    port: u16,
    pub(crate) token: String,
    interrupted: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// A response.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

struct Hears(Mutex<Sender<String>>);

impl Watcher for Hears {
    fn ready(&self, address: &str, _warning: Option<&str>) {
        let sender = self.0.lock().expect("a lock");
        sender.send(address.to_owned()).expect("somebody listens");
    }
}

/// A run of the pipeline of a folder, with all of its tables.
pub(crate) fn run(folder: &Path, seconds: i64) {
    let project = Project::load(&folder.join("p.yaml"), &|_| None);
    let project = project.unwrap_or_else(|failed| panic!("{:?}", failed.error.diagnostics()));
    let clock = move || Timestamp::from_second(1_780_000_000 + seconds).expect("a time");
    let report = project.run(&RunOptions {
        input_dir: None,
        output_dir: folder.join("out"),
        state_dir: Some(folder.join("out")),
        new_ids: false,
        stdin: None,
        threads: 2,
        clock: &clock,
        on_event: &|_| {},
        interrupted: &AtomicBool::new(false),
        keep_runs: 20,
        keep: Keep::All,
        memory: None,
    });
    report.unwrap_or_else(|error| panic!("{error}"));
}

impl Served {
    /// A server over a folder with the pipeline, which has run.
    pub(crate) fn after_a_run() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("p.yaml"), PIPELINE).expect("written");
        std::fs::write(folder.path().join("crm.csv"), rows()).expect("written");
        run(folder.path(), 0);
        Self::over(folder)
    }

    /// A server over a folder.
    pub(crate) fn over(folder: TempDir) -> Self {
        let interrupted = Arc::new(AtomicBool::new(false));
        let options = Options {
            pipeline: folder.path().join("p.yaml"),
            input_dir: None,
            output_dir: folder.path().join("out"),
            port: Some(0),
            host: None,
            public_url: None,
            password: None,
            max_upload: MAX_UPLOAD,
            threads: 2,
            clock: || Timestamp::from_second(1_780_005_000).expect("a time"),
            held: || 0,
            env: |_| None,
        };
        let (sender, receiver) = channel();
        let stop = Arc::clone(&interrupted);
        let thread = std::thread::spawn(move || {
            let served = serve(options, &stop, &Hears(Mutex::new(sender)));
            served.unwrap_or_else(|error| panic!("{error}"));
        });
        let address = receiver.recv().expect("an address");
        let rest = address
            .strip_prefix("http://127.0.0.1:")
            .expect("this machine");
        let (port, token) = rest.split_once("/?token=").expect("a token");
        Self {
            folder,
            port: port.parse().expect("a port"),
            token: token.to_owned(),
            interrupted,
            thread: Some(thread),
        }
    }

    /// What the server is called.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A request as it is, without a word more.
    pub(crate) fn bare(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let mut stream = self.head(method, path, headers, body.len() as u64);
        stream.write_all(body.as_bytes()).expect("sent");
        answer(&mut stream)
    }

    /// A connection on which the head of a request has been sent.
    fn head(&self, method: &str, path: &str, headers: &[(&str, &str)], length: u64) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("Content-Length: {length}\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        stream
    }

    /// A form with files, of which the head promises so many bytes; the connection, for what comes then.
    pub(crate) fn form_of(&self, path: &str, length: u64) -> TcpStream {
        let (host, cookie) = (self.host(), self.cookie());
        let origin = format!("http://{host}");
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let headers = [
            ("Host", host.as_str()),
            ("Cookie", &cookie),
            ("Origin", &origin),
            ("Content-Type", &kind),
        ];
        self.head("POST", path, &headers, length)
    }

    /// A form with files, sent from a page of the server.
    pub(crate) fn upload(&self, path: &str, files: &[(&str, &[u8])]) -> Response {
        let body = files_form(files);
        let mut stream = self.form_of(path, body.len() as u64);
        // A server that has refused the form may not read all of it.
        stream.write_all(&body).ok();
        answer(&mut stream)
    }

    fn cookie(&self) -> String {
        format!("onefold-{}={}", self.port, self.token)
    }

    /// A page, with the token.
    pub(crate) fn get(&self, path: &str) -> Response {
        let (host, cookie) = (self.host(), self.cookie());
        self.bare("GET", path, &[("Host", &host), ("Cookie", &cookie)], "")
    }

    /// A page, with the token and another cookie.
    pub(crate) fn get_with(&self, path: &str, cookie: &str) -> Response {
        let (host, cookie) = (self.host(), format!("{}; {cookie}", self.cookie()));
        self.bare("GET", path, &[("Host", &host), ("Cookie", &cookie)], "")
    }

    /// A form, sent from a page of the server.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let (host, cookie) = (self.host(), self.cookie());
        let origin = format!("http://{host}");
        let headers = [
            ("Host", host.as_str()),
            ("Cookie", &cookie),
            ("Origin", &origin),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        self.bare("POST", path, &headers, &fields.join("&"))
    }

    /// The only run, or the last.
    pub(crate) fn last_run(&self) -> String {
        let home = self.get("/home.json").json();
        home["run"]["run_id"].as_str().expect("a run").to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.interrupted.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(
                ended.is_ok() || std::thread::panicking(),
                "the server panicked"
            );
        }
    }
}

/// Stands between the files of a form.
pub(crate) const BOUNDARY: &str = "----between-files";

/// The body of a form with files.
pub(crate) fn files_form(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, content) in files {
        // As browsers write it.
        let name = name
            .replace('\r', "%0D")
            .replace('\n', "%0A")
            .replace('"', "%22");
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// What the server says.
pub(crate) fn answer(stream: &mut TcpStream) -> Response {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    parsed(&bytes)
}

fn escaped(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
    bytes.collect()
}

fn parsed(bytes: &[u8]) -> Response {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head: {}", String::from_utf8_lossy(bytes)));
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let body = &bytes[end + 4..];
    let is_chunked = headers
        .get("transfer-encoding")
        .is_some_and(|how| how == "chunked");
    Response {
        status: status
            .and_then(|status| status.parse().ok())
            .expect("a status"),
        body: if is_chunked {
            joined(body)
        } else {
            body.to_vec()
        },
        headers,
    }
}

/// The chunks of a body, joined. A body that breaks off panics.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = rest
            .windows(2)
            .position(|two| two == b"\r\n")
            .expect("the body breaks off");
        let length = std::str::from_utf8(&rest[..end]).expect("a length");
        let length = usize::from_str_radix(length, 16).expect("a length");
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 2 + length + 2..];
    }
}
