//! What a browser needs beside the pages. All of it is in the binary.

use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;

use crate::response::text;

struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: &[Asset] = &[
    Asset {
        name: "style.css",
        kind: "text/css; charset=utf-8",
        text: concat!(
            include_str!("../../assets/tokens.css"),
            include_str!("../../assets/style.css"),
            include_str!("../../assets/data.css"),
            include_str!("../../assets/start.css")
        ),
    },
    Asset {
        name: "icon.svg",
        kind: "image/svg+xml",
        text: include_str!("../../assets/icon.svg"),
    },
    Asset {
        name: "page.js",
        kind: SCRIPT,
        text: include_str!("../../assets/page.js"),
    },
    Asset {
        name: "grid.js",
        kind: SCRIPT,
        text: include_str!("../../assets/grid.js"),
    },
    Asset {
        name: "chart.js",
        kind: SCRIPT,
        text: include_str!("../../assets/chart.js"),
    },
    Asset {
        name: "live.js",
        kind: SCRIPT,
        text: include_str!("../../assets/live.js"),
    },
    Asset {
        name: "review.js",
        kind: SCRIPT,
        text: include_str!("../../assets/review.js"),
    },
    Asset {
        name: "sql.js",
        kind: SCRIPT,
        text: include_str!("../../assets/sql.js"),
    },
    Asset {
        name: "start.js",
        kind: SCRIPT,
        text: include_str!("../../assets/start.js"),
    },
];

/// An asset by its name.
pub(crate) fn asset(name: &str) -> Option<Response> {
    let found = ASSETS.iter().find(|asset| asset.name == name)?;
    let mut response = text(StatusCode::OK, found.kind, found.text.to_owned());
    // Another version of the program has others under the same names.
    let briefly = HeaderValue::from_static("private, max-age=60");
    response.headers_mut().insert(CACHE_CONTROL, briefly);
    Some(response)
}

#[cfg(test)]
mod contrast;
