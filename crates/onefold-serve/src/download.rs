//! All rows of a table that pass the filter, as a file that is written while it is read.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;
use futures::stream;
use onefold_engine::browse::{Export, View};
use onefold_spec::model::OutputFormat;

use crate::answer::Answer;
use crate::app::App;
use crate::asked::Asked;
use crate::failure::Failure;
use crate::link::encoded;
use crate::page::tables::State;

/// Bytes that are handed over at once.
const CHUNK: usize = 128 << 10;
/// Pieces that wait for a slow reader.
const WAITING: usize = 4;

/// The formats, by the ends of names.
const ENDS: [&str; 4] = [".csv", ".parquet", ".jsonl", ".json"];

/// A name without its end, and the end, where it names a format.
pub(crate) fn format(name: &str) -> Option<(&str, &'static str)> {
    let end = ENDS.into_iter().find(|end| name.ends_with(end))?;
    Some((name.strip_suffix(end)?, end))
}

/// The rows that a request asks for, as a file.
pub(crate) fn table(
    app: &Arc<App>,
    asked: &Asked,
    name: &str,
    end: &'static str,
) -> Result<Answer, Failure> {
    let state = State::of(app, asked, name)?;
    let view = state.view(app)?;
    view.check_export()?;
    let rows = view.rows();
    let (format, kind) = output(asked, end);
    let file = file_name(&state, rows, end, (app.options.clock)());
    let mut response = attached(written(state, view, format), kind, &file);
    response
        .headers_mut()
        .insert("x-rows", HeaderValue::from(rows));
    Ok(Answer::Other(Box::new(response)))
}

/// The format that an end names, and its kind for browsers. Delimited text is for a spreadsheet, unless the request wants it as it is.
pub(crate) fn output(asked: &Asked, end: &str) -> (OutputFormat, &'static str) {
    match end {
        ".csv" => {
            let csv = OutputFormat::Csv {
                delimiter: b',',
                null: String::new(),
                header: true,
                bom: false,
                spreadsheet_safe: asked.value("raw").is_none(),
            };
            (csv, "text/csv; charset=utf-8")
        }
        ".parquet" => (OutputFormat::Parquet, "application/vnd.apache.parquet"),
        ".jsonl" => (OutputFormat::JsonLines, "application/jsonl"),
        _ => (OutputFormat::Json { indent: None }, "application/json"),
    }
}

/// A body as a file of a name of letters, digits and a few signs.
pub(crate) fn attached(body: impl Into<Body>, kind: &'static str, name: &str) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// `customers_2026-11-26_filtered_1204rows.csv`
fn file_name(state: &State, rows: u64, end: &str, now: onefold_engine::Timestamp) -> String {
    let day = now.to_string();
    let day = day.get(..10).unwrap_or_default();
    let filtered = if state.conditions.is_empty() {
        ""
    } else {
        "_filtered"
    };
    let name = encoded(&state.name).replace('%', "_");
    format!("{name}_{day}{filtered}_{rows}rows{end}")
}

/// Writes the rows on a thread of their own, while the body is sent.
fn written(state: State, view: Arc<View>, format: OutputFormat) -> Body {
    let (sender, receiver) = sync_channel(WAITING);
    let write = move || {
        let sink = Sink {
            sender: sender.clone(),
            buffer: Vec::with_capacity(CHUNK),
        };
        let export = Export {
            view: &view,
            columns: &state.columns,
            format: &format,
        };
        if let Err(error) = state.table.export(&export, sink) {
            // The browser sees a download that breaks off, not a file that looks whole.
            sender.send(Err(io::Error::other(error.to_string()))).ok();
        }
    };
    match std::thread::Builder::new()
        .name("download".to_owned())
        .spawn(write)
    {
        Ok(_) => body(receiver),
        Err(error) => Body::from_stream(stream::iter([Err::<Bytes, _>(error)])),
    }
}

/// What a thread hands over, as a body.
fn body(receiver: Receiver<io::Result<Bytes>>) -> Body {
    Body::from_stream(stream::unfold(receiver, |receiver| async {
        let next = tokio::task::spawn_blocking(move || (receiver.recv(), receiver)).await;
        match next {
            Ok((Ok(chunk), receiver)) => Some((chunk, receiver)),
            Ok((Err(_), _)) | Err(_) => None,
        }
    }))
}

/// Hands over what is written, piece by piece. A reader that has gone away stops the writing.
struct Sink {
    sender: SyncSender<io::Result<Bytes>>,
    buffer: Vec<u8>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK));
        let sent = self.sender.send(Ok(Bytes::from(chunk)));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_names() {
        assert_eq!(format("crm.rejects.csv"), Some(("crm.rejects", ".csv")));
        assert_eq!(format("a.jsonl"), Some(("a", ".jsonl")));
        assert_eq!(format("a.json"), Some(("a", ".json")));
        assert_eq!(format("crm.rejects"), None);
    }
}
