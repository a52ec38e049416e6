//! The gate before every handler: looks the route up in the permission table, finds who is asking by the
//! session cookie, refuses unsafe requests from other sites, and puts the security headers on every answer.

use crate::Served;
use crate::permissions::{Who, who};
use crate::problem::ApiError;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use geocrm_app::error::AppError;
use geocrm_app::session::{Role, SignedIn};

/// Scripts, styles, fonts and workers come from this server only; MapLibre draws into blobs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; worker-src 'self' blob:; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Lets a request through to its handler, or answers for it.
pub async fn admit(State(served): State<Served>, mut request: Request, next: Next) -> Response {
    let Some(path) = request
        .extensions()
        .get::<MatchedPath>()
        .map(|p| p.as_str().to_owned())
    else {
        return next.run(request).await;
    };
    let Some(who) = who(request.method(), &path) else {
        return ApiError::not_found("there is no such route").into_response();
    };
    if !is_safe(request.method()) && !is_same_site(request.headers()) {
        return ApiError::forbidden(
            "requests that change something must come from this site's own pages",
        )
        .into_response();
    }
    let signed_in = match session_token(request.headers(), served.cookie_name()) {
        Some(token) => match viewer(&served, token, &path).await {
            Ok(found) => found,
            Err(error) => return ApiError::from(error).into_response(),
        },
        None => None,
    };
    match (who, &signed_in) {
        (Who::Public, _) | (Who::SignedIn, Some(_)) => {}
        (Who::Administrator, Some(viewer)) if viewer.user.role == Role::Administrator => {}
        (Who::KeepsRecords, Some(viewer)) if viewer.user.role != Role::Analyst => {}
        (Who::KeepsRecords, Some(_)) => {
            return ApiError::forbidden("an analyst sees sums and changes no records")
                .into_response();
        }
        (Who::Administrator, Some(_)) => {
            return ApiError::forbidden("only an administrator may do this").into_response();
        }
        (_, None) => return ApiError::from(AppError::SignedOut).into_response(),
    }
    if let Some(viewer) = signed_in {
        request.extensions_mut().insert(viewer);
    }
    next.run(request).await
}

/// Tiles come by the dozen and only read, so they may ask a memory of a few seconds.
async fn viewer(served: &Served, token: &str, path: &str) -> Result<Option<SignedIn>, AppError> {
    if path == crate::routes::tiles::PATH {
        served.app.signed_in_lately(token).await
    } else {
        served.app.signed_in(token).await
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Browsers say where a request comes from in `Sec-Fetch-Site`; older ones in `Origin`.
fn is_same_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), _, _) => site == "same-origin",
        (None, Some(origin), Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, from)| from == host),
        _ => false,
    }
}

fn session_token<'h>(headers: &'h HeaderMap, cookie: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == cookie)
        .map(|(_, token)| token)
}

/// Adds the headers every answer carries.
pub async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static("same-origin"),
    );
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        );
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        assert!(is_same_site(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_same_site(&headers(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://a"),
            ("host", "a")
        ])));
        assert!(is_same_site(&headers(&[
            ("origin", "http://127.0.0.1:8080"),
            ("host", "127.0.0.1:8080")
        ])));
        assert!(!is_same_site(&headers(&[
            ("origin", "http://evil"),
            ("host", "127.0.0.1:8080")
        ])));
        assert!(!is_same_site(&headers(&[])));
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let map = headers(&[("cookie", "a=b; geocrm_session=abc; c=d")]);
        assert_eq!(session_token(&map, "geocrm_session"), Some("abc"));
        assert_eq!(session_token(&map, "session"), None);
    }
}
