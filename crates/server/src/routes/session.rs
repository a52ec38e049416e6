//! Set-up of the first administrator, signing in and out, and who is signed in.

use crate::Served;
use crate::extract::{Body, Viewer};
use crate::problem::{ApiResult, Problem};
use axum::Json;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use geocrm_app::session::SignedIn;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionUser {
    pub id: String,
    pub name: String,
    pub email: String,
    /// `administrator` or `representative`.
    pub role: String,
    /// Codes of the territories a representative sees.
    pub territories: Vec<String>,
    /// `en` or `nl`.
    pub locale: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    pub user: Option<SessionUser>,
    /// Whether the one-time link still waits for its administrator.
    pub setup_open: bool,
    pub data_version: String,
    /// Whether the data is the generated demo region.
    pub demo: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    pub token: String,
    pub name: String,
    pub email: String,
    pub password: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub email: String,
    pub password: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionChange {
    /// `en` or `nl`.
    pub locale: String,
}

impl From<&SignedIn> for SessionUser {
    fn from(signed_in: &SignedIn) -> Self {
        let user = &signed_in.user;
        Self {
            id: user.id.to_string(),
            name: user.name.clone(),
            email: user.email.clone(),
            role: user.role.code().to_owned(),
            territories: user.territories.clone(),
            locale: user.locale.clone(),
        }
    }
}

async fn describe(served: &Served, signed_in: Option<&SignedIn>) -> ApiResult<Session> {
    Ok(Session {
        user: signed_in.map(SessionUser::from),
        setup_open: served.app.setup_open().await?,
        data_version: served.app.data_version(),
        demo: served.app.is_demo(),
    })
}

fn with_cookie(
    served: &Served,
    status: StatusCode,
    session: Session,
    token: &str,
    max_age_s: u32,
) -> Response {
    let secure = if served.secure { "; Secure" } else { "" };
    let cookie = format!(
        "{}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_s}{secure}",
        served.cookie_name()
    );
    let mut response = (status, Json(session)).into_response();
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

/// Who is signed in, if anybody.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = 200, body = Session)))]
pub async fn show(
    State(served): State<Served>,
    viewer: Option<Extension<SignedIn>>,
) -> ApiResult<Json<Session>> {
    describe(&served, viewer.as_deref()).await.map(Json)
}

/// Creates the first administrator with the one-time link and signs them in.
#[utoipa::path(post, path = "/api/v1/setup", tag = "session", request_body = Setup,
    responses((status = 201, body = Session), (status = 403, body = Problem)))]
pub async fn set_up(State(served): State<Served>, Body(setup): Body<Setup>) -> ApiResult<Response> {
    let (signed_in, token) = served
        .app
        .set_up(&setup.token, &setup.name, &setup.email, setup.password)
        .await?;
    let session = describe(&served, Some(&signed_in)).await?;
    Ok(with_cookie(
        &served,
        StatusCode::CREATED,
        session,
        &token,
        SignedIn::ABSOLUTE_S,
    ))
}

/// Signs in with e-mail address and password.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = Session), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn sign_in(
    State(served): State<Served>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Body(asked): Body<SignIn>,
) -> ApiResult<Response> {
    let (signed_in, token) = served
        .app
        .sign_in(&asked.email, asked.password, from.ip())
        .await?;
    let session = describe(&served, Some(&signed_in)).await?;
    Ok(with_cookie(
        &served,
        StatusCode::OK,
        session,
        &token,
        SignedIn::ABSOLUTE_S,
    ))
}

/// Signs out; the session is gone at once.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204)))]
pub async fn sign_out(State(served): State<Served>, Viewer(viewer): Viewer) -> ApiResult<Response> {
    served.app.sign_out(&viewer).await?;
    let session = describe(&served, None).await?;
    let mut response = with_cookie(&served, StatusCode::NO_CONTENT, session, "", 0);
    *response.body_mut() = axum::body::Body::empty();
    Ok(response)
}

/// Changes the language of the signed-in user.
#[utoipa::path(patch, path = "/api/v1/session", tag = "session", request_body = SessionChange,
    responses((status = 200, body = Session)))]
pub async fn change(
    State(served): State<Served>,
    Viewer(viewer): Viewer,
    Body(change): Body<SessionChange>,
) -> ApiResult<Json<Session>> {
    let viewer = served.app.set_locale(viewer, &change.locale).await?;
    describe(&served, Some(&viewer)).await.map(Json)
}
