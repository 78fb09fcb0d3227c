//! Which address leads where.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::Request;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};

use crate::answer::{Answer, response};
use crate::app::App;
use crate::asked::{Asked, Shape, THEME_COOKIE, Theme};
use crate::assets;
use crate::download;
use crate::failure::Failure;
use crate::form::Form;
use crate::guard::{self, Verdict};
use crate::link::Link;
use crate::page::entry::ENTER;
use crate::page::{
    customers, home, pipeline, rejects, review, sessions, sql, start as begin, tables,
};
use crate::receive::receive;
use crate::response::elsewhere;

type Change = fn(&App, &Asked, &Form) -> Result<Answer, Failure>;
type Page = fn(&App, &Asked) -> Result<Answer, Failure>;

/// All routes, behind the guard.
pub(crate) fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for (path, page) in [
        ("/", home::page as Page),
        ("/home", home::page),
        ("/customers", customers::list),
        ("/tables", tables::list),
        ("/rejects", rejects::page),
        ("/review", review::page),
        ("/review/customers", review::customers),
        ("/review/threshold", review::threshold),
        ("/review/threshold/pair", review::threshold_pair),
        ("/sessions", sessions::page),
        ("/sql", sql::page),
        ("/pipeline", pipeline::page),
        ("/live", pipeline::live_piece),
        ("/start", begin::page),
    ] {
        router = router.route(path, shown(page));
        if path != "/" {
            router = router.route(&format!("{path}.json"), shown(page));
        }
    }
    router
        .route("/tables/{name}", get(table))
        .route("/tables/{name}/{part}", get(part).post(change))
        .route("/customers/search", form(customers::search))
        .route("/customers.csv", get(found_customers))
        .route("/customers.parquet", get(found_customers))
        .route("/customers.jsonl", get(found_customers))
        .route("/customers/{id}", get(customer))
        .route("/erased", shown(customers::erased))
        .route("/erased.json", shown(customers::erased))
        .route("/customers/{id}/{part}", get(of_customer).post(erase))
        .route("/live/events", get(events))
        .route("/rejects/reveal", form(rejects::reveal))
        .route("/review/decide", form(review::decide))
        .route("/review/customers/decide", form(review::decide_customer))
        .route("/review/threshold/compare", form(review::compare))
        .route(
            "/review/threshold/cancel",
            form(|app, _, form| Ok(review::cancel(app, form))),
        )
        .route("/review/undo", form(review::undo))
        .route("/review/keys", form(review::keys))
        .route("/pipeline/check", form(pipeline::check))
        .route("/pipeline/save", form(pipeline::save))
        .route("/sql/ask", form(sql::keep))
        .route("/sql/keep.json", form(sql::keep))
        .route("/sql/save", form(sql::save))
        .route("/sql/cancel", form(|app, _, form| sql::cancel(app, form)))
        .route("/sql.csv", get(query_file))
        .route("/sql.parquet", get(query_file))
        .route("/sql.jsonl", get(query_file))
        .merge(uploads())
        .route("/run", post(start))
        .route("/run/cancel", post(cancel))
        .route("/theme", post(theme))
        .route(ENTER, post(enter))
        .route("/assets/{name}", get(asset))
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
        .layer(from_fn_with_state(Arc::clone(&app), guarded))
        .with_state(app)
}

/// From files to a pipeline.
fn uploads() -> Router<Arc<App>> {
    // Files have a limit of their own, and never stand in memory.
    let files = || post(upload).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/start/upload", files())
        .route("/start/upload.json", files())
        .route("/start/choose", form(begin::choose))
        .route("/start/reveal", form(begin::reveal))
        .route("/start/reveal.json", form(begin::reveal))
        .route("/start/remove", form(begin::remove))
        .route("/start/dismiss", form(begin::dismiss))
        .route("/start/check", form(begin::check))
        .route("/start/save", form(begin::save))
}

async fn upload(State(app): State<Arc<App>>, asked: Asked, request: Request<Body>) -> Response {
    let received = receive(&app, asked.value("files"), request).await;
    answered(app, asked, move |_, asked| {
        let place = begin::place(&received?);
        Ok(match asked.shape {
            Shape::Json => Answer::Json(serde_json::json!({"location": place.to_string()})),
            Shape::Html => Answer::Elsewhere(place),
        })
    })
    .await
}

/// Nothing sees a request before the guard.
async fn guarded(State(app): State<Arc<App>>, request: Request<Body>, next: Next) -> Response {
    let is_secure = app.guard.is_secure(request.headers());
    let mut response = match app.guard.judge(&request) {
        Verdict::Pass => next.run(request).await,
        Verdict::Answer(response) => *response,
    };
    guard::close(&mut response, is_secure);
    response
}

/// A route that shows a page.
fn shown(page: Page) -> axum::routing::MethodRouter<Arc<App>> {
    get(move |State(app): State<Arc<App>>, asked: Asked| {
        answered(app, asked, move |app, asked| page(app, asked))
    })
}

/// A route that takes a form.
fn form(change: Change) -> axum::routing::MethodRouter<Arc<App>> {
    post(
        move |State(app): State<Arc<App>>, asked: Asked, form: Form| {
            answered(app, asked, move |app, asked| change(app, asked, &form))
        },
    )
}

/// What happens to the run at work, as it happens.
async fn events(State(app): State<Arc<App>>) -> Response {
    pipeline::events(&app)
}

/// All rows of the answer to a query.
async fn query_file(State(app): State<Arc<App>>, asked: Asked) -> Response {
    answered(app, asked, |app, asked| {
        match download::format(&asked.path) {
            Some((_, end)) => sql::file(app, asked, end),
            None => Err(Failure::missing("a query has no such file")),
        }
    })
    .await
}

/// Answers a question on a thread that may take its time.
async fn answered(
    app: Arc<App>,
    asked: Asked,
    question: impl FnOnce(&Arc<App>, &Asked) -> Result<Answer, Failure> + Send + 'static,
) -> Response {
    let (of_work, again) = (Arc::clone(&app), asked.clone());
    let work = move || {
        let answer = question(&of_work, &again);
        response(&of_work, &again, answer)
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response,
        Err(_) => response(
            &app,
            &asked,
            Err(Failure::fault("a part of onefold panicked")),
        ),
    }
}

/// A table as a page, or, with an end such as `.csv`, all of its rows as a file.
async fn table(State(app): State<Arc<App>>, Path(name): Path<String>, asked: Asked) -> Response {
    answered(app, asked, move |app, asked| {
        match download::format(&name) {
            Some((name, format)) => download::table(app, asked, name, format),
            None => tables::rows(app, asked, &name),
        }
    })
    .await
}

async fn part(
    State(app): State<Arc<App>>,
    Path((name, part)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    answered(app, asked, move |app, asked| match part.as_str() {
        "rows.json" => tables::page_of_rows(app, asked, &name),
        "values" | "values.json" => tables::facet(app, asked, &name),
        "columns" | "columns.json" => tables::columns(app, asked, &name),
        "time" | "time.json" => tables::over_time(app, asked, &name),
        _ => Err(Failure::missing("a table has no such page")),
    })
    .await
}

async fn change(
    State(app): State<Arc<App>>,
    Path((name, part)): Path<(String, String)>,
    asked: Asked,
    form: Form,
) -> Response {
    answered(app, asked, move |app, asked| match part.as_str() {
        "filter" => tables::change(app, asked, &name, &form),
        _ => Err(Failure::missing("a table has no such page")),
    })
    .await
}

/// All customers that were found, as a file.
async fn found_customers(State(app): State<Arc<App>>, asked: Asked) -> Response {
    answered(app, asked, |app, asked| {
        match download::format(&asked.path) {
            Some((_, end)) => customers::file(app, asked, end),
            None => Err(Failure::missing("customers have no such file")),
        }
    })
    .await
}

async fn customer(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Response {
    answered(app, asked, move |app, asked| {
        let id = id.strip_suffix(".json").unwrap_or(&id);
        customers::one(app, asked, id)
    })
    .await
}

async fn of_customer(
    State(app): State<Arc<App>>,
    Path((id, part)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    answered(app, asked, move |app, asked| match part.as_str() {
        "timeline.csv" => customers::timeline_file(app, asked, &id),
        "export.json" => customers::export(app, asked, &id),
        "erase" | "erase.json" => customers::confirm(app, asked, &id),
        _ => Err(Failure::missing("a customer has no such page")),
    })
    .await
}

async fn erase(
    State(app): State<Arc<App>>,
    Path((id, part)): Path<(String, String)>,
    asked: Asked,
    form: Form,
) -> Response {
    answered(app, asked, move |app, asked| match part.as_str() {
        "erase" => customers::erase(app, asked, &id, &form),
        _ => Err(Failure::missing("a customer has no such page")),
    })
    .await
}

async fn start(State(app): State<Arc<App>>, asked: Asked) -> Response {
    answered(app, asked, |app, _| {
        app.start()?;
        Ok(Answer::Elsewhere(Link::to(&["pipeline"])))
    })
    .await
}

async fn cancel(State(app): State<Arc<App>>, asked: Asked) -> Response {
    answered(app, asked, |app, _| {
        app.work.cancel();
        Ok(Answer::Elsewhere(Link::to(&["pipeline"])))
    })
    .await
}

/// Remembers the theme in a cookie, and goes back.
async fn theme(form: Form) -> Response {
    let next = form.text("next");
    let mut response = elsewhere(if guard::is_here(next) { next } else { "/" });
    let theme = Theme::parse(form.text("theme")).name();
    guard::remember(&mut response, THEME_COOKIE, theme);
    response
}

async fn enter(State(app): State<Arc<App>>, form: Form) -> Response {
    app.guard.try_entry(form.text("token"), form.text("next"))
}

async fn asset(State(app): State<Arc<App>>, Path(name): Path<String>, asked: Asked) -> Response {
    match assets::asset(&name) {
        Some(response) => response,
        None => nothing(State(app), asked).await,
    }
}

async fn nothing(State(app): State<Arc<App>>, asked: Asked) -> Response {
    answered(app, asked, |_, asked| {
        let failure = Failure::missing(format!("no page has the address {}", asked.path));
        Err(failure.hint("the pages are named at the side"))
    })
    .await
}
