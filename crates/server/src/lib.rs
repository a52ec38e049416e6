//! HTTP and nothing else: routes, JSON, status codes, sessions in cookies, OpenAPI and the embedded web
//! application. Everything that decides lives in `app`.

pub mod extract;
mod gate;
mod openapi;
pub mod permissions;
pub mod problem;
pub mod routes;
mod web;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Router, middleware};
use geocrm_app::App;
use geocrm_domain::limits;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::timeout::TimeoutLayer;

pub use openapi::document as openapi_document;

/// What every handler is given.
#[derive(Clone)]
pub struct Served {
    pub app: Arc<App>,
    /// Whether browsers reach us over TLS, so that cookies may say so.
    pub secure: bool,
}

impl Served {
    /// The `__Host-` prefix needs TLS; browsers drop such cookies on plain addresses.
    pub fn cookie_name(&self) -> &'static str {
        if self.secure {
            "__Host-geocrm_session"
        } else {
            "geocrm_session"
        }
    }
}

/// How browsers reach the server.
#[derive(Debug, Clone)]
pub enum Transport {
    /// Loopback only, or behind a proxy that speaks TLS.
    Plain {
        behind_proxy: bool,
    },
    Tls {
        certificate: PathBuf,
        key: PathBuf,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(
        "{address} is reachable from other machines, where browsers refuse to sign in without TLS; give --tls-cert and --tls-key, or --behind-proxy when a proxy speaks TLS in front"
    )]
    NeedsTls { address: SocketAddr },
    #[error("cannot listen on {address}: {source}; is another geocrm running? Take another --port")]
    Bind {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the certificate or key cannot be read: {0}")]
    Tls(std::io::Error),
    #[error("the server stopped: {0}")]
    Stopped(std::io::Error),
}

/// Every route with its layers.
pub fn router(served: Served) -> Router {
    let not_streams =
        DefaultPredicate::new().and(NotForContentType::const_new("text/event-stream"));
    openapi::routes()
        .route(
            "/health",
            get(|| async { axum::Json(serde_json::json!({"status": "ok"})) }),
        )
        .layer(middleware::from_fn_with_state(served.clone(), gate::admit))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_mins(2),
        ))
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(not_streams),
        )
        .fallback(web::serve)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES))
        .layer(middleware::from_fn(gate::security_headers))
        .layer(CatchPanicLayer::new())
        .with_state(served)
}

/// A bound listener, so that the caller can print the address before the first request.
pub struct Listener {
    socket: std::net::TcpListener,
    transport: Transport,
    pub address: SocketAddr,
}

/// Binds; refuses an address where signing in could not work.
pub fn bind(address: SocketAddr, transport: Transport) -> Result<Listener, ServeError> {
    if !address.ip().is_loopback()
        && matches!(
            transport,
            Transport::Plain {
                behind_proxy: false
            }
        )
    {
        return Err(ServeError::NeedsTls { address });
    }
    let bind = |source| ServeError::Bind { address, source };
    let socket = std::net::TcpListener::bind(address).map_err(bind)?;
    socket.set_nonblocking(true).map_err(bind)?;
    let address = socket.local_addr().map_err(bind)?;
    Ok(Listener {
        socket,
        transport,
        address,
    })
}

impl Listener {
    pub fn scheme(&self) -> &'static str {
        match self.transport {
            Transport::Plain { .. } => "http",
            Transport::Tls { .. } => "https",
        }
    }

    /// Serves until `stop` resolves, then lets requests in flight finish for ten seconds.
    pub async fn serve(
        self,
        app: Arc<App>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let secure = !matches!(
            self.transport,
            Transport::Plain {
                behind_proxy: false
            }
        );
        let service = router(Served {
            app: Arc::clone(&app),
            secure,
        })
        .into_make_service_with_connect_info::<SocketAddr>();
        let (handle, closing) = (axum_server::Handle::new(), app);
        let stopping = handle.clone();
        tokio::spawn(async move {
            stop.await;
            // Streams of events would keep their connections for ever.
            closing.begin_close();
            stopping.graceful_shutdown(Some(Duration::from_secs(10)));
        });
        match self.transport {
            Transport::Plain { .. } => axum_server::from_tcp(self.socket)
                .map_err(ServeError::Stopped)?
                .handle(handle)
                .serve(service)
                .await
                .map_err(ServeError::Stopped),
            Transport::Tls { certificate, key } => {
                // A second call answers that a provider is installed already, which is what is wanted.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let config = axum_server::tls_rustls::RustlsConfig::from_pem_file(certificate, key)
                    .await
                    .map_err(ServeError::Tls)?;
                axum_server::from_tcp_rustls(self.socket, config)
                    .map_err(ServeError::Stopped)?
                    .handle(handle)
                    .serve(service)
                    .await
                    .map_err(ServeError::Stopped)
            }
        }
    }
}
