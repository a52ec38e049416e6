//! The OpenAPI document, put together from the handlers, and the router that serves them.

use crate::Served;
use crate::routes::{
    accounts, apportion, catalogue, cubes, events, exports, geocode, pivot, regions, session, tiles,
};
use axum::Router;
use axum::routing::get;
use utoipa::openapi::PathItem;
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(OpenApi)]
#[openapi(info(
    title = "GeoCRM",
    description = "Customers, regions and territories on one engine. JSON unless said; errors are RFC 9457 problem details.",
    license(name = "MIT OR Apache-2.0")
))]
struct Document;

/// Gives every operation a name of its own: the tag before the handler's name, which several modules use.
struct NamesOperations;

impl Modify for NamesOperations {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for item in document.paths.paths.values_mut() {
            let PathItem {
                get,
                put,
                post,
                delete,
                patch,
                ..
            } = item;
            for operation in [get, put, post, delete, patch].into_iter().flatten() {
                if let (Some(tags), Some(name)) = (&operation.tags, &operation.operation_id) {
                    operation.operation_id = Some(format!("{}_{name}", tags.join("_")));
                }
            }
        }
    }
}

/// The router and its finished document.
fn finished() -> (Router<Served>, utoipa::openapi::OpenApi) {
    let (router, mut document) = api().split_for_parts();
    NamesOperations.modify(&mut document);
    (router, document)
}

fn api() -> OpenApiRouter<Served> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(
            session::show,
            session::sign_in,
            session::sign_out,
            session::change
        ))
        .routes(routes!(session::set_up))
        .routes(routes!(catalogue::show))
        .routes(routes!(catalogue::datasets))
        .routes(routes!(cubes::query))
        .routes(routes!(cubes::batch))
        .routes(routes!(pivot::pivot))
        .routes(routes!(apportion::apportion))
        .routes(routes!(cubes::records))
        .routes(routes!(cubes::store_filter))
        .routes(routes!(cubes::show_filter))
        .routes(routes!(accounts::create))
        .routes(routes!(accounts::show, accounts::change, accounts::delete))
        .routes(routes!(accounts::move_place))
        .routes(routes!(accounts::geocode))
        .routes(routes!(accounts::restore))
        .routes(routes!(accounts::history))
        .routes(routes!(geocode::geocode))
        .routes(routes!(geocode::geocode_batch))
        .routes(routes!(geocode::suggest))
        .routes(routes!(geocode::reverse))
        .routes(routes!(geocode::search))
        .routes(routes!(regions::list))
        .routes(routes!(regions::show))
        .routes(routes!(regions::surroundings))
        .routes(routes!(regions::address))
        .routes(routes!(regions::building))
        .routes(routes!(regions::road))
        .routes(routes!(exports::create))
        .routes(routes!(exports::show))
        .routes(routes!(exports::file))
        .routes(routes!(exports::rerun))
        .routes(routes!(events::listen))
        .routes(routes!(tiles::tilejson))
        .routes(routes!(tiles::tile))
}

/// Routes of the API with the document they add up to.
pub fn routes() -> Router<Served> {
    let (router, document) = finished();
    let text = document.to_json().unwrap_or_default();
    router.route(
        "/api/v1/openapi.json",
        get(move || {
            let text = text.clone();
            async move { ([("content-type", "application/json")], text) }
        }),
    )
}

/// The document as pretty JSON, for the snapshot and the TypeScript types.
pub fn document() -> Result<String, serde_json::Error> {
    finished().1.to_pretty_json()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions;
    use axum::http::Method;

    #[test]
    fn every_route_has_a_permission_and_every_permission_a_route() {
        let document = api().split_for_parts().1;
        let json = serde_json::to_value(&document).expect("a document");
        let mut routes = vec![
            ("GET".to_owned(), "/health".to_owned()),
            ("GET".to_owned(), "/api/v1/openapi.json".to_owned()),
        ];
        for (path, item) in json["paths"].as_object().expect("paths") {
            routes.extend(
                item.as_object()
                    .expect("an item")
                    .keys()
                    .map(|m| (m.to_uppercase(), path.clone())),
            );
        }
        for (method, path) in &routes {
            let method: Method = method.parse().expect("a method");
            assert!(
                permissions::who(&method, path).is_some(),
                "{method} {path} has no row in permissions.rs"
            );
        }
        for row in permissions::TABLE {
            let known = routes
                .iter()
                .any(|(m, p)| m == row.method.as_str() && p == row.path);
            assert!(
                known,
                "{} {} has a permission but no route",
                row.method, row.path
            );
        }
    }
}
