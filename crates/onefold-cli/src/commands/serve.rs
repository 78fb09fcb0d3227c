//! `onefold serve [FILE|DIR]`

use std::path::Path;
use std::process::{Command, Stdio};

use onefold_serve::{Options, Watcher};

use super::run::{held, now};
use crate::arguments::{Format, ServeArgs};
use crate::output::Output;
use crate::signals;

pub(crate) fn serve(args: &ServeArgs, output: &Output) -> anyhow::Result<u8> {
    let password = match &args.password_file {
        None => None,
        Some(path) => match password(path) {
            Ok(password) => Some(password),
            Err(why) => {
                let hint = "its first line is the password, of at least 12 characters";
                return Ok(output.unreadable(&why, Some(hint)));
            }
        },
    };
    let public_url = match args.public_url.as_deref().map(str::parse).transpose() {
        Ok(public_url) => public_url,
        Err(why) => return Ok(output.usage(&format!("`--public-url`: {why}"))),
    };
    let interrupted = signals::interrupted()?;
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let options = Options {
        pipeline: args.pipeline.clone(),
        input_dir: args.input.clone(),
        output_dir: args.results.clone(),
        port: args.port,
        host: args.host,
        public_url,
        password,
        max_upload: args.max_upload,
        threads: args.threads.map_or_else(processors, usize::from),
        clock: now,
        held,
        env: |name| std::env::var(name).ok(),
    };
    let watcher = Told {
        output,
        opens: !args.no_open,
    };
    match onefold_serve::serve(options, &interrupted, &watcher) {
        Ok(()) => Ok(0),
        Err(error) => Ok(match error.hint_text() {
            Some(hint) => output.usage_with_hint(&error.to_string(), hint),
            None => output.usage(&error.to_string()),
        }),
    }
}

fn password(path: &Path) -> Result<String, String> {
    let name = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|e| format!("could not read `{name}`: {e}"))?;
    let password = text.lines().next().unwrap_or_default().trim();
    match password.chars().count() < 12 {
        true => Err(format!("the password in `{name}` is too short")),
        false => Ok(password.to_owned()),
    }
}

/// Prints the address, and opens it.
struct Told<'o> {
    output: &'o Output,
    opens: bool,
}

impl Watcher for Told<'_> {
    fn ready(&self, address: &str, warning: Option<&str>) {
        let line = match self.output.format {
            Format::Human => format!("{address}\n"),
            Format::Json => format!("{}\n", serde_json::json!({"address": address})),
        };
        // Whoever has closed stdout has the address from elsewhere.
        self.output.say(&line).ok();
        if let Some(warning) = warning {
            self.output.warn(warning);
        }
        if self.opens {
            open(address);
        }
    }
}

/// Opens the browser, where there is a screen to show it. Without one, the line that was printed must do.
fn open(address: &str) {
    let has_screen = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let program = match () {
        () if cfg!(target_os = "macos") => "open",
        () if cfg!(windows) => "explorer",
        () if has_screen("DISPLAY") || has_screen("WAYLAND_DISPLAY") => "xdg-open",
        () => return,
    };
    let mut command = Command::new(program);
    command.arg(address).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    if let Ok(mut child) = command.spawn() {
        // Nobody waits for it otherwise, and it would stay in the table of processes.
        std::thread::spawn(move || child.wait());
    }
}
