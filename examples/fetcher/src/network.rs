//! What the host offers to its plugins: HTTP over TCP, on tokio.
//!
//! It decides what one exchange may cost: how long it takes, how much comes back. What is fetched, and what is tried again,
//! it leaves to the plugins. A connection serves one exchange, so nothing is left open behind it.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fetcher_interfaces::{Answer, FetchError, FetchErrorKind as Kind, Http};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// What one exchange may cost.
///
/// **Shape:** by default 10 seconds, and 4 MiB.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the name to the last byte.
    pub time: Duration,
    /// **Unit:** bytes of the answer's body.
    pub size: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(10), size: 4 << 20 }
    }
}

/// HTTP for whoever asks, on a runtime of its own.
pub struct Network {
    runtime: Handle,
    limits: Limits,
    open: AtomicUsize,
}

impl Network {
    /// Works on that runtime, wherever its futures are polled.
    pub fn new(runtime: Handle, limits: Limits) -> Arc<Self> {
        Arc::new(Self { runtime, limits, open: AtomicUsize::new(0) })
    }

    /// The runtime that it works on.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// How many exchanges are under way.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

#[keyway::interface]
impl Http for Network {
    async fn fetch(&self, url: &str) -> Result<Answer, FetchError> {
        let _open = Open::one(&self.open);
        let Limits { time, size } = self.limits;
        // A task of the runtime's: whoever polls this need not be one. The set ends its task when it is dropped, and with
        // it goes the connection.
        let mut task = JoinSet::new();
        let url = url.to_owned();
        let given_up = format!("`{url}` took longer than {time:?}");
        let exchange = async move { tokio::time::timeout(time, exchange(&url, size)).await };
        task.spawn_on(exchange, &self.runtime);
        match task.join_next().await {
            Some(Ok(Ok(answer))) => answer,
            Some(Ok(Err(_elapsed))) => Err(FetchError::new(Kind::Late, given_up)),
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            _ => Err(FetchError::new(Kind::Failed, "the runtime has ended")),
        }
    }
}

struct Open<'a>(&'a AtomicUsize);

impl<'a> Open<'a> {
    fn one(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// One request, and what came back.
async fn exchange(url: &str, most: usize) -> Result<Answer, FetchError> {
    let uri = checked(url)?;
    let stream = connected(&uri, url).await?;
    let broken = |error: hyper::Error| {
        FetchError::new(Kind::Broken, format!("`{url}` broke off: {}", innermost(&error)))
    };
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It reads and writes beside us, and ends with us.
    let mut beside = JoinSet::new();
    beside.spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header(HOST, host_and_port(&uri))
        .header(USER_AGENT, concat!("keyway-fetcher/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close")
        .body(String::new())
        .map_err(|error| FetchError::new(Kind::Address, format!("`{url}` can not be asked for: {error}")))?;
    let (head, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
    let text = |name| {
        let value = head.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let Some(bytes) = whole(body, most).await.map_err(broken)? else {
        return Err(FetchError::new(Kind::Long, format!("`{url}` has more than {most} bytes")));
    };
    Ok(Answer {
        status: head.status.as_u16(),
        content_type: text(CONTENT_TYPE),
        location: text(LOCATION),
        body: bytes.into(),
    })
}

/// An address that can be asked over plain HTTP.
fn checked(url: &str) -> Result<Uri, FetchError> {
    let uri: Uri = url
        .parse()
        .map_err(|error| FetchError::new(Kind::Address, format!("`{url}` is no address: {error}")))?;
    let port = host_and_port(&uri).rsplit_once(':').map(|(_, port)| port);
    match (uri.scheme_str(), uri.host()) {
        (Some("http"), Some(host)) if !host.is_empty() => match port {
            // Unless that was a colon in brackets, or one without a port, which means the usual one.
            Some(port) if !port.ends_with(']') && !port.is_empty() && uri.port().is_none() => {
                Err(FetchError::new(Kind::Address, format!("`{url}` is no address: there is no port {port}")))
            }
            _ => Ok(uri),
        },
        (Some("http") | None, _) => Err(FetchError::new(
            Kind::Address,
            format!("`{url}` is no address: it begins with no `http://HOST`"),
        )),
        (Some(scheme), _) => Err(FetchError::new(
            Kind::Unspoken,
            format!("`{url}` is `{scheme}`, and only `http` is spoken here"),
        )),
    }
}

/// Without the name of a user.
fn host_and_port(uri: &Uri) -> &str {
    uri.authority().and_then(|authority| authority.as_str().rsplit('@').next()).unwrap_or_default()
}

async fn connected(uri: &Uri, url: &str) -> Result<TcpStream, FetchError> {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(80);
    let addresses: Vec<SocketAddr> = match lookup_host((host, port)).await {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            return Err(FetchError::new(Kind::Unknown, format!("no host `{host}` is known: {error}")));
        }
    };
    TcpStream::connect(&addresses[..]).await.map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::ConnectionRefused => "the connection is refused".to_owned(),
            _ => error.to_string(),
        };
        FetchError::new(Kind::Broken, format!("`{url}` can not be reached: {why}"))
    })
}

/// The whole body, or `None` where it is longer than that.
async fn whole(mut body: Incoming, most: usize) -> hyper::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Ok(data) = frame?.into_data() {
            if data.len() > most - bytes.len() {
                return Ok(None);
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(Some(bytes))
}

/// The cause at the bottom, which says it best.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    let mut next = error.source();
    while let Some(cause) = next {
        innermost = cause.to_string();
        next = cause.source();
    }
    innermost
}
