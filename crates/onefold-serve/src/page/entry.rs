//! The page in front of all others: it asks for the token or the password.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{DOCTYPE, html};

use crate::response::text;

/// Where a token or the password is given.
pub(crate) const ENTER: &str = "/enter";

/// Asks for the token or the password; after it, `next` is shown. Programs are told as well.
pub(crate) fn closed(has_password: bool, next: &str, was_wrong: bool) -> Response {
    if next
        .split('?')
        .next()
        .is_some_and(|path| path.ends_with(".json"))
    {
        let body = "{\"error\":{\"message\":\"the token is missing or wrong\",\"hint\":\"`onefold serve` prints it\"}}\n";
        return text(
            StatusCode::UNAUTHORIZED,
            "application/json",
            body.to_owned(),
        );
    }
    let what = if has_password {
        "Password or token"
    } else {
        "Token"
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" data-theme="system" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Onefold is closed" }
                link rel="icon" href="/assets/icon.svg";
                link rel="stylesheet" href="/assets/style.css";
            }
            body.entry {
                main {
                    section.state {
                        h1 { "Onefold is closed" }
                        p {
                            "Open the address that "
                            code { "onefold serve" }
                            " has printed. It ends in the token that opens this page."
                        }
                        @if was_wrong {
                            p.wrong role="alert" {
                                "That token is wrong or old: each start of the server makes a new one."
                            }
                        }
                        form method="post" action=(ENTER) {
                            input type="hidden" name="next" value=(next);
                            label for="token" { (what) }
                            input id="token" name="token" type="password" autocomplete="current-password" required;
                            button.primary type="submit" { "Open" }
                        }
                    }
                }
            }
        }
    };
    text(
        StatusCode::UNAUTHORIZED,
        "text/html; charset=utf-8",
        page.into_string(),
    )
}
