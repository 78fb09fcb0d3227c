//! Starts the server, and stops it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::app::App;
use crate::guard::{Guard, Keys, Token};
use crate::options::Options;
use crate::routes;

/// The port where none is asked for; the next free one is taken where it is in use.
const PORT: u16 = 8640;
/// Ports that are tried.
const PORTS: u16 = 40;
/// How often it is seen whether the server is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Is told when the server answers.
pub trait Watcher {
    /// The address with its token, and what it is open to where that is more than this machine.
    fn ready(&self, address: &str, warning: Option<&str>);
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    message: String,
    hint: Option<String>,
}

impl Error {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// What to do about it.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self {
            message: format!("the server could not start: {error}"),
            hint: None,
        }
    }
}

/// Serves until `interrupted` is set.
///
/// # Errors
/// No port is free, or the server would be open to other machines without a password.
pub fn serve(
    options: Options,
    interrupted: &AtomicBool,
    watcher: &dyn Watcher,
) -> Result<(), Error> {
    let host = options.host.filter(|host| !host.is_loopback());
    if let Some(host) = host
        && options.password.is_none()
    {
        return Err(Error::new(
            format!(
                "at {host} anybody in the network could read the customers' data and start runs"
            ),
            "give a password with `--password-file FILE`, or leave `--host` out: then only this machine is served",
        ));
    }
    if let Some(public) = &options.public_url
        && options.password.is_none()
    {
        return Err(Error::new(
            format!("at {public} the page is open to others, and has no password"),
            "give one with `--password-file FILE`",
        ));
    }
    let (listeners, port) = listen(host, options.port)?;
    let token = Token::new()?;
    let text = token.text().to_owned();
    let keys = Keys::new(token, options.password.clone());
    let shown = host.map_or_else(|| "127.0.0.1".to_owned(), named);
    let address = match &options.public_url {
        Some(public) => format!("{public}/?token={text}"),
        None => format!("http://{shown}:{port}/?token={text}"),
    };
    let guard = Guard::new(keys, port, host, options.public_url.clone());
    let app = Arc::new(App::new(options, guard));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    for listener in listeners {
        listener.set_nonblocking(true)?;
        let router = routes::router(Arc::clone(&app));
        let listener = {
            let _in_runtime = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        runtime.spawn(async move { axum::serve(listener, router).await });
    }
    let warning = host.map(|host| {
        format!(
            "open to every machine that reaches {host}, without encryption: whoever listens in the network sees the password and the \
             customers' data. Put a proxy with TLS before it, or leave `--host` out."
        )
    });
    watcher.ready(&address, warning.as_deref());
    while !interrupted.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK);
    }
    app.stop();
    runtime.shutdown_background();
    Ok(())
}

/// A host as it stands in an address.
fn named(host: IpAddr) -> String {
    match host {
        IpAddr::V4(host) if host.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V6(host) if host.is_unspecified() => "[::1]".to_owned(),
        IpAddr::V4(host) => host.to_string(),
        IpAddr::V6(host) => format!("[{host}]"),
    }
}

/// Listens at a port: at both addresses of this machine, and at the host if there is one.
fn listen(host: Option<IpAddr>, port: Option<u16>) -> Result<(Vec<TcpListener>, u16), Error> {
    let ports = match port {
        Some(port) => port..=port,
        None => PORT..=PORT + PORTS - 1,
    };
    let mut last = None;
    for port in ports {
        match listen_at(host, port) {
            Ok(found) => return Ok(found),
            Err(error) => last = Some((port, error)),
        }
    }
    Err(match last {
        Some((port, error)) => Error::new(
            format!("could not listen at port {port}: {error}"),
            "another program may have it: choose one with `--port N`",
        ),
        None => Error::new("there is no port", "choose one with `--port N`"),
    })
}

fn listen_at(host: Option<IpAddr>, port: u16) -> io::Result<(Vec<TcpListener>, u16)> {
    let first = match host {
        Some(host) => host,
        None => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let listener = TcpListener::bind(SocketAddr::new(first, port))?;
    // Port 0 is any that is free.
    let port = listener.local_addr()?.port();
    let mut listeners = vec![listener];
    if host.is_none() {
        match TcpListener::bind(SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port)) {
            Ok(listener) => listeners.push(listener),
            // Somebody else's server at the same port would be asked in place of this one.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // A machine without IPv6.
            Err(_) => {}
        }
    }
    Ok((listeners, port))
}
