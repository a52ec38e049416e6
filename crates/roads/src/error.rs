//! Why a road graph could not be built.

#[derive(Debug, thiserror::Error)]
pub enum RoadError {
    #[error("the roads have {vertices} vertices; one graph holds 4,294,967,294")]
    TooManyVertices { vertices: usize },
}
