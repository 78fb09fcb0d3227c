//! What hostile uploads come to.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use crate::served::{BOUNDARY, MAX_UPLOAD, answer, files_form};
use crate::start::{CRM, files, given, without_a_pipeline};

#[test]
fn hostile_names_are_harmless() {
    let served = without_a_pipeline();
    let long = format!("{}.csv", "a".repeat(3000));
    let names = [
        "../../etc/passwd",
        "..\\..\\x.csv",
        "/etc/cron.d/x",
        "C:\\x.csv",
        "x.csv/",
        ".",
        "..",
        " ",
        ".htaccess",
        "con.csv",
        &*long,
        "%2e%2e%2fx.csv",
        "x.csv;rm -rf",
        "\"><img src=x onerror=alert(1)>.csv",
        "x\r\nSet-Cookie: a=b.csv",
        "\u{202e}vsc.exe",
        "=cmd.csv",
        "-rf.csv",
        "~/x.csv",
        "$(id).csv",
        "http://169.254.169.254/x.csv",
        "file:///etc/passwd",
        "*.csv",
        ".onefold.json",
        ".gitignore",
    ];
    let all: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (*name, &b"a,b\n1,2\n"[..]))
        .collect();
    let (id, data) = given(&served, &all);
    let taken = data["files"].as_array().expect("files");
    assert_eq!(taken.len(), names.len());
    let start = format!("uploads/{id}/");
    for file in taken {
        let name = file["path"]
            .as_str()
            .and_then(|path| path.strip_prefix(&start))
            .expect("in its folder");
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        assert!(
            name.chars().all(is_plain) && !name.starts_with(['.', '-']),
            "{name}"
        );
        assert!(name.len() < 100 && file["state"] == "read", "{file}");
    }
    let outside: Vec<String> = files(served.folder.path())
        .into_iter()
        .filter(|path| !path.starts_with(&start) && path != "uploads/.gitignore")
        .collect();
    assert_eq!(outside, Vec::<String>::new());
    let page = served.get(&format!("/start?files={id}")).text();
    assert!(
        !page.contains("<img") && !page.contains('\u{202e}'),
        "{page}"
    );
    // A name that no form can have is refused, and the server goes on.
    let odd = served.upload("/start/upload", &[("a\0.csv", b"a\n1\n")]);
    assert!(matches!(odd.status, 303 | 400), "{}", odd.text());
    assert_eq!(served.get("/start").status, 200);
    for id in ["..", "../..", "%2e%2e", "zzzzzzzzzzzz", "000000000000"] {
        assert_eq!(
            served.get(&format!("/start?files={id}")).status,
            404,
            "{id}"
        );
    }
}

#[test]
fn too_much_is_refused_and_leaves_nothing() {
    let served = without_a_pipeline();
    let before = files(served.folder.path());
    // Promised: refused before a byte is sent.
    let mut promised = served.form_of("/start/upload.json", 1 << 40);
    let refused = answer_before_the_body(&mut promised);
    assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");
    assert!(refused.contains("--max-upload"), "{refused}");
    // Sent: refused where the limit is passed.
    let large = vec![b'x'; MAX_UPLOAD as usize + 100_000];
    let sent = served.upload(
        "/start/upload",
        &[("small.csv", b"a\n1\n"), ("large.csv", &large)],
    );
    assert_eq!(sent.status, 413, "{}", sent.text());
    assert!(sent.text().contains("This is too large"), "{}", sent.text());
    assert_eq!(files(served.folder.path()), before);
    let many: Vec<String> = (0..102)
        .map(|n| format!("{}.csv", "ab".repeat(n + 1)))
        .collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (&**name, &b"a\n1\n"[..])).collect();
    let (id, data) = given(&served, &many);
    assert_eq!(data["files"].as_array().map(Vec::len), Some(100));
    assert_eq!(data["refused"].as_array().map(Vec::len), Some(2));
    let page = served.get(&format!("/start?files={id}")).text();
    assert!(page.contains("2 files not taken"), "{page}");
    served.post("/start/dismiss", &[("files", &id)]);
    let page = served.get(&format!("/start?files={id}")).text();
    assert!(!page.contains("not taken"), "{page}");
}

/// Whoever takes a form apart holds in memory what is no piece of a file.
#[test]
fn what_is_no_file_does_not_grow_in_memory() {
    let served = without_a_pipeline();
    let much = "x".repeat(MAX_UPLOAD as usize + (900 << 10));
    let files = String::from_utf8(files_form(&[("a.csv", b"a\n1\n")])).expect("text");
    let named = files.replace("a.csv", &much);
    for body in [
        format!("{much}{files}"),
        format!("--{BOUNDARY}\r\nX: {much}\r\n\r\n{files}"),
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{much}\r\n{files}"
        ),
        named,
    ] {
        let mut stream = served.form_of("/start/upload", body.len() as u64);
        stream.write_all(body.as_bytes()).ok();
        let refused = answer(&mut stream);
        assert_eq!(refused.status, 413, "{}", refused.text());
    }
    assert!(!served.folder.path().join("uploads").exists());
    // Without a choice, browsers send a file without a name.
    assert_eq!(served.upload("/start/upload", &[("", b"")]).status, 400);
}

/// A link that somebody has put into the folder leads to nothing.
#[cfg(unix)]
#[test]
fn planted_links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let served = without_a_pipeline();
    let (id, data) = given(&served, &[("a.csv", CRM.as_bytes()), ("b.csv", b"a\n1\n")]);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let secret = elsewhere.path().join("secret.csv");
    std::fs::write(&secret, "secret\n1\n").expect("written");
    // In place of a file: it is neither removed nor read.
    let path = data["files"][0]["path"].as_str().expect("a path");
    let place = served.folder.path().join(path);
    std::fs::remove_file(&place).expect("removed");
    symlink(&secret, &place).expect("a link");
    let fields = [("files", &*id), ("remove", path)];
    assert_ne!(served.post("/start/remove", &fields).status, 303);
    assert!(secret.exists());
    // In place of a set.
    let set = served.folder.path().join("uploads").join(&id);
    let moved = elsewhere.path().join("set");
    std::fs::rename(&set, &moved).expect("moved");
    let planted = served.folder.path().join("uploads/0123456789ab");
    symlink(&moved, &planted).expect("a link");
    assert_eq!(served.get("/start?files=0123456789ab").status, 404);
    // In place of all.
    std::fs::remove_file(&planted).expect("removed");
    let uploads = served.folder.path().join("uploads");
    std::fs::rename(&uploads, elsewhere.path().join("all")).expect("moved");
    std::fs::rename(&moved, elsewhere.path().join("all/0123456789ab")).expect("moved");
    symlink(elsewhere.path().join("all"), &uploads).expect("a link");
    assert_eq!(served.get("/start?files=0123456789ab").status, 404);
    let all = served.get("/start.json").json();
    assert_eq!(all["uploads"], serde_json::json!([]));
}

/// What comes although the body has not been sent.
fn answer_before_the_body(stream: &mut std::net::TcpStream) -> String {
    let mut text = String::new();
    let mut bytes = [0; 4096];
    while !text.contains("}}\n") {
        let read = stream.read(&mut bytes).expect("an answer");
        assert!(read > 0, "the answer breaks off: {text}");
        text += &String::from_utf8_lossy(&bytes[..read]);
    }
    text
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    let served = without_a_pipeline();
    let body = files_form(&[("whole.csv", b"a,b\n1,2\n"), ("cut.csv", &[b'x'; 50_000])]);
    let mut stream = served.form_of("/start/upload", body.len() as u64);
    stream
        .write_all(&body[..body.len() - 20_000])
        .expect("sent");
    stream.shutdown(Shutdown::Write).expect("closed");
    stream.read_to_end(&mut Vec::new()).expect("closed as well");
    let until = Instant::now() + Duration::from_secs(20);
    while served.folder.path().join("uploads").exists() {
        assert!(Instant::now() < until, "{:?}", files(served.folder.path()));
        std::thread::yield_now();
    }
    let torn = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na\n1"
    );
    let mut stream = served.form_of("/start/upload", torn.len() as u64);
    stream.write_all(torn.as_bytes()).expect("sent");
    let refused = answer(&mut stream);
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(!served.folder.path().join("uploads").exists());
    assert_eq!(served.upload("/start/upload", &[]).status, 400);
}

#[test]
fn only_pages_of_this_server_send_files() {
    let served = without_a_pipeline();
    let host = served.host();
    let cookie = format!(
        "onefold-{}={}",
        host.rsplit(':').next().expect("a port"),
        served.token
    );
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let body = String::from_utf8(files_form(&[("a.csv", b"a\n1\n")])).expect("text");
    let own = format!("http://{host}");
    for (origin, cookie, status) in [
        ("http://evil.example", &*cookie, 403),
        ("null", &*cookie, 403),
        (&*own, "onefold-1=0", 401),
        (&*own, &*cookie, 303),
    ] {
        let headers = [
            ("Host", &*host),
            ("Cookie", cookie),
            ("Origin", origin),
            ("Content-Type", &kind),
        ];
        let sent = served.bare("POST", "/start/upload", &headers, &body);
        assert_eq!(sent.status, status, "{origin} {cookie}");
        let has_files = served.folder.path().join("uploads").exists();
        assert_eq!(has_files, status == 303);
    }
    for path in ["choose", "reveal", "remove", "dismiss", "check", "save"] {
        let headers = [
            ("Host", &*host),
            ("Cookie", &*cookie),
            ("Origin", "http://evil.example"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let sent = served.bare("POST", &format!("/start/{path}"), &headers, "");
        assert_eq!(sent.status, 403, "{path}");
    }
}
