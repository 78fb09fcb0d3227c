//! Takes files out of a form as they arrive, piece by piece onto the disk.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc::{Sender, channel};

use crate::app::App;
use crate::failure::Failure;
use crate::text::size;
use crate::upload::{Batch, MOST_FILES, Part, Piece, Refused, Unkept, Uploads};

/// Pieces of a file that wait for the disk.
const WAITING: usize = 8;
/// What a form has beside its files: names, lines between them.
const AROUND: u64 = 1 << 20;
/// Bytes of a form that may come without being a piece of a file: whoever takes the form apart holds them in memory.
const UNTAKEN: u64 = 4 << 20;
/// A refusal is read by browsers once they have sent all. So many times the limit is passed over before the connection is closed.
const PASSED_OVER: u64 = 4;
/// Longest time in which nothing of a form comes.
const IDLE: Duration = Duration::from_secs(60);

/// Takes the files of a form into a set, and says which set it is: that of the id, or a new one.
///
/// # Errors
/// There is no such set, the form is too large, breaks off or is none, or the disk does not take a file. Nothing of the form is then kept.
pub(crate) async fn receive(
    app: &Arc<App>,
    id: Option<&str>,
    request: Request,
) -> Result<String, Failure> {
    let most = app.options.max_upload;
    let _one_of_few = app.uploading.acquire().await;
    let (id, known) = match id {
        Some(id) => {
            let batch = app.uploads.batch(id);
            let missing = || Failure::missing("these files are not there any more");
            (id.to_owned(), batch.ok_or_else(missing)?)
        }
        None => {
            let id = Uploads::new_id().map_err(|e| Failure::fault(e.to_string()))?;
            (id, Batch::default())
        }
    };
    let taken = known.bytes();
    let room = most.saturating_sub(taken);
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > room.saturating_add(AROUND)) {
        pass_over(request.into_body().into_data_stream(), most);
        return Err(too_large(most, taken));
    }
    let count = Arc::new(Count {
        most,
        taken,
        left: AtomicU64::new(room.saturating_add(AROUND)),
        untaken: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
    });
    let (head, body) = request.into_parts();
    let counted = Counted {
        body: Some(body.into_data_stream()),
        count: Arc::clone(&count),
    };
    let request = Request::from_parts(head, Body::from_stream(counted));
    let form = Multipart::from_request(request, &())
        .await
        .map_err(|error| Failure::wrong(format!("this is no form with files: {error}")))?;
    let folder = app.uploads.folder(&id);
    let (parts, refused) = files(form, &count, &folder, known.files.len(), room).await?;
    if parts.is_empty() && refused.is_empty() {
        return Err(
            Failure::wrong("no file was chosen").hint("choose files, or drop them on the page")
        );
    }
    let (of_work, set) = (Arc::clone(app), id.clone());
    let kept = move || of_work.uploads.add(&set, parts, refused, most);
    let kept = tokio::task::spawn_blocking(kept).await;
    let kept = kept.map_err(|e| Failure::fault(e.to_string()))?;
    kept.map_err(|unkept| match unkept {
        Unkept::TooLarge(taken) => too_large(most, taken),
        Unkept::Disk(error) => unwritten(&error),
    })?;
    Ok(id)
}

/// Writes the files of a form into the folder of a set, which has `there` already and `room` bytes left, and says which are too many.
async fn files(
    mut form: Multipart,
    count: &Count,
    folder: &Path,
    there: usize,
    mut room: u64,
) -> Result<(Vec<(String, Part)>, Vec<Refused>), Failure> {
    let mut parts: Vec<(String, Part)> = Vec::new();
    let mut refused = Vec::new();
    while let Some(mut field) = count.next(form.next_field()).await? {
        let Some(given) = field.file_name().map(str::to_owned) else {
            continue;
        };
        let first = piece(&mut field, count).await?;
        // Without a choice, browsers send a file without a name and without content.
        if given.is_empty() && first.is_none() {
            continue;
        }
        if there + parts.len() >= MOST_FILES {
            if refused.len() < MOST_FILES {
                refused.push(Refused::too_many(&given));
            }
            while piece(&mut field, count).await?.is_some() {}
            continue;
        }
        let (sender, mut receiver) = channel(WAITING);
        let folder = folder.to_path_buf();
        let writer = tokio::task::spawn_blocking(move || Part::receive(&folder, &mut receiver));
        let sent = send(&mut field, count, first, &sender, &mut room).await;
        // Where the writer has not heard of the end, it removes what it has.
        drop(sender);
        let written = writer.await.map_err(|e| Failure::fault(e.to_string()))?;
        sent?;
        let part = written.map_err(|error| {
            count.is_over.store(true, Ordering::Relaxed);
            unwritten(&error)
        })?;
        parts.push((given, part));
    }
    Ok((parts, refused))
}

/// Sends the pieces of a file to the writer. A writer that has stopped says why itself.
async fn send(
    field: &mut Field<'_>,
    count: &Count,
    first: Option<Bytes>,
    to: &Sender<Piece>,
    left: &mut u64,
) -> Result<(), Failure> {
    let mut next = first;
    while let Some(bytes) = next {
        *left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
            count.is_over.store(true, Ordering::Relaxed);
            too_large(count.most, count.taken)
        })?;
        if to.send(Piece::Bytes(bytes)).await.is_err() {
            return Ok(());
        }
        next = piece(field, count).await?;
    }
    to.send(Piece::End).await.ok();
    Ok(())
}

/// The next piece of a file; `None`: it is whole.
async fn piece(field: &mut Field<'_>, count: &Count) -> Result<Option<Bytes>, Failure> {
    loop {
        match count.next(field.chunk()).await? {
            Some(bytes) if bytes.is_empty() => {}
            next => return Ok(next),
        }
    }
}

/// How much of a form has come.
struct Count {
    /// Bytes of files that a set may have, and those that it has.
    most: u64,
    taken: u64,
    /// Bytes of the form that may still come.
    left: AtomicU64,
    /// Bytes that have come since something was last taken.
    untaken: AtomicU64,
    /// The form is refused: what still comes of it is passed over.
    is_over: AtomicBool,
}

impl Count {
    /// Waits for a part of the form, but not for ever.
    async fn next<T>(
        &self,
        part: impl Future<Output = Result<T, MultipartError>>,
    ) -> Result<T, Failure> {
        let next = tokio::time::timeout(IDLE, part).await;
        self.untaken.store(0, Ordering::Relaxed);
        match next {
            Ok(Ok(part)) => Ok(part),
            Ok(Err(_)) if self.is_over.load(Ordering::Relaxed) => {
                Err(match self.left.load(Ordering::Relaxed) {
                    0 => too_large(self.most, self.taken),
                    _ => no_files(),
                })
            }
            Ok(Err(error)) => Err(broken_off(&error)),
            Err(_) => Err(Failure {
                status: StatusCode::REQUEST_TIMEOUT,
                ..Failure::wrong(format!(
                    "nothing of the upload came for {} s",
                    IDLE.as_secs()
                ))
            }
            .hint("nothing of it was kept; send the files again")),
        }
    }

    /// Counts bytes that have come; whether they are too many.
    fn add(&self, bytes: u64) -> bool {
        let left = self.left.load(Ordering::Relaxed).checked_sub(bytes);
        let untaken = self.untaken.load(Ordering::Relaxed).saturating_add(bytes);
        self.left.store(left.unwrap_or(0), Ordering::Relaxed);
        self.untaken.store(untaken, Ordering::Relaxed);
        left.is_none() || untaken > UNTAKEN
    }
}

/// The body of a form, which ends where too much of it comes.
struct Counted {
    /// `None`: it has ended.
    body: Option<BodyDataStream>,
    count: Arc<Count>,
}

impl Stream for Counted {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = self.body.as_mut() else {
            return Poll::Ready(None);
        };
        let next = match body.poll_next_unpin(context) {
            Poll::Ready(next) => next,
            Poll::Pending => return Poll::Pending,
        };
        if let Some(Ok(bytes)) = &next
            && self.count.add(bytes.len() as u64)
        {
            self.count.is_over.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new("too much has come"))));
        }
        Poll::Ready(next)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if self.count.is_over.load(Ordering::Relaxed)
            && let Some(body) = self.body.take()
        {
            pass_over(body, self.count.most);
        }
    }
}

fn too_large(most: u64, taken: u64) -> Failure {
    let beside = match taken {
        0 => String::new(),
        taken => format!(", and {} are there already", size(taken)),
    };
    let failure = Failure {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        ..Failure::wrong(format!(
            "the files are larger than {} together{beside}; none of these was kept",
            size(most)
        ))
    };
    failure.hint(
        "start with `--max-upload 10GB`, say, or leave large files where they are and draft with `onefold init FILES`",
    )
}

/// A form that has much that is no file.
fn no_files() -> Failure {
    let message = format!(
        "the form has more than {} outside of its files",
        size(UNTAKEN)
    );
    Failure {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        ..Failure::wrong(message)
    }
    .hint("nothing of it was kept")
}

fn broken_off(error: &MultipartError) -> Failure {
    Failure::wrong(format!("the upload cannot be read: {}", error.body_text()))
        .hint("nothing of it was kept; send the files again")
}

fn unwritten(error: &std::io::Error) -> Failure {
    Failure {
        status: StatusCode::INSUFFICIENT_STORAGE,
        ..Failure::wrong(format!("a file could not be written: {error}"))
    }
    .hint("nothing of it was kept; is the disk full, or the folder read-only?")
}

/// Reads on without keeping anything, so that the answer is seen.
fn pass_over(mut body: BodyDataStream, most: u64) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return;
    };
    runtime.spawn(async move {
        let mut left = most.saturating_mul(PASSED_OVER);
        while let Ok(Some(Ok(bytes))) = tokio::time::timeout(IDLE, body.next()).await {
            match left.checked_sub(bytes.len() as u64) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    });
}
