//! Every stated maximum, in one place. An error that meets one of them says which and how much.

/// Vertices of one drawn or uploaded selection polygon.
pub const POLYGON_VERTICES: usize = 100_000;
/// Dimensions of one cube query.
pub const QUERY_DIMENSIONS: usize = 6;
/// Measures of one cube query.
pub const QUERY_MEASURES: usize = 16;
/// Groups one answer may hold.
pub const ANSWER_GROUPS: usize = 2_000_000;
/// Groups of addresses beside the records of a density per dwelling.
pub const DWELLING_GROUPS: usize = 1_000_000;
/// Columns of one pivot table.
pub const PIVOT_COLUMNS: usize = 1_000;
/// Cells of one pivot table, empty ones included.
pub const PIVOT_CELLS: usize = 1_000_000;
/// Vertices of the points, lines and areas that a distance is measured from.
pub const NEAR_VERTICES: usize = 1_000;
/// Edges of the distance bands of one question.
pub const BAND_EDGES: usize = 32;
/// Nodes of one filter tree.
pub const FILTER_NODES: usize = 1_000;
/// Members of one `IN` list.
pub const IN_LIST: usize = 10_000;
/// Bytes of a JSON request body.
pub const BODY_BYTES: usize = 4 * 1024 * 1024;
/// Addresses in one batch geocoding request.
pub const GEOCODE_BATCH: usize = 10_000;
/// Records in one page of a table.
pub const PAGE_ROWS: usize = 1_000;
/// Bytes of one finished tile.
pub const TILE_BYTES: usize = 4 * 1024 * 1024;
/// Point features in one tile before it is clustered.
pub const TILE_POINTS: usize = 20_000;
