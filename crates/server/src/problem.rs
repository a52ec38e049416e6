//! Errors on the wire: RFC 9457 problem details with a stable `type`, and the only place that knows
//! status codes. An unexpected error is logged here once and answered without detail.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use geocrm_app::error::AppError;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One field of the request that is not right.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldError {
    pub field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    pub reason: String,
}

/// `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Stable name of the kind of problem: `/problems/not-found`.
    pub r#type: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Members that only some kinds have (`current`, `differences`, `added`, `gone`, `changed`).
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// What every handler answers when it cannot do as asked.
#[derive(Debug)]
pub struct ApiError {
    /// Boxed: every handler's result is as wide as its error.
    problem: Box<Problem>,
    retry_after_s: Option<u64>,
}

pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            problem: Box::new(Problem {
                r#type: format!("/problems/{kind}"),
                title: title.to_owned(),
                status: status.as_u16(),
                detail: detail.into(),
                errors: Vec::new(),
                more: Map::new(),
            }),
            retry_after_s: None,
        }
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid",
            "The request is not valid",
            detail,
        )
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.problem.more.insert(name.to_owned(), value);
        self
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        let text = error.to_string();
        match error {
            AppError::Invalid { faults, .. } => {
                let mut answer = Self::bad_request(text);
                answer.problem.errors = faults
                    .into_iter()
                    .map(|f| FieldError {
                        field: f.field,
                        value: f.value,
                        reason: f.reason,
                    })
                    .collect();
                answer
            }
            AppError::NotFound { .. } => Self::not_found(text),
            AppError::SignedOut => Self::new(
                StatusCode::UNAUTHORIZED,
                "signed-out",
                "Not signed in",
                text,
            ),
            AppError::WrongPassword => Self::new(
                StatusCode::UNAUTHORIZED,
                "wrong-password",
                "Could not sign in",
                text,
            ),
            AppError::TooManyAttempts { seconds } => {
                let mut answer = Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too-many-attempts",
                    "Too many attempts",
                    text,
                );
                answer.retry_after_s = Some(seconds);
                answer
            }
            AppError::Forbidden(_) => Self::forbidden(text),
            AppError::Conflict { .. } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "conflict",
                "Changed meanwhile",
                text,
            ),
            AppError::Changed {
                added,
                gone,
                changed,
                ..
            } => Self::new(
                StatusCode::CONFLICT,
                "changed",
                "The data has changed",
                text,
            )
            .with("added", added.into())
            .with("gone", gone.into())
            .with("changed", changed.into()),
            AppError::Gone { .. } => Self::new(StatusCode::GONE, "gone", "No longer kept", text),
            AppError::Unavailable(_) => {
                let mut answer = Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "Not available right now",
                    text,
                );
                answer.retry_after_s = Some(2);
                answer
            }
            unexpected => {
                tracing::error!(error = %unexpected, "request failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "Something went wrong",
                    "The server could not finish this; its log says why. Nothing was changed.",
                )
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
