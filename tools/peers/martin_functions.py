# Tiles of the same places, regions and accounts as GeoCRM's own, as the SQL functions that martin publishes.
# `tiles.py` fills the tables from the database of the GeoCRM that is asked beside it. Every function counts what passes
# the filter of the request, so no tile is known before it is asked for. Kinds of dwelling are codes, so that the
# indexes stay small.

INDEXES = """
CREATE INDEX ON places USING gist (place);
CREATE INDEX ON places (region_id) INCLUDE (housing_type, building_year);
CREATE INDEX ON places (cell) INCLUDE (housing_type, building_year);
CREATE INDEX ON accounts USING gist (place);
CREATE INDEX ON regions USING gist (shape);
CREATE INDEX ON hexagons USING gist (shape);
CLUSTER places USING places_place_idx;
CLUSTER accounts USING accounts_place_idx;
VACUUM ANALYZE;
"""

FUNCTIONS = """
CREATE FUNCTION choropleth(z integer, x integer, y integer, asked json) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
DECLARE
    tile geometry := ST_TileEnvelope(z, x, y);
    types smallint[] := string_to_array(asked->>'types', ',')::smallint[];
    since integer := asked->>'since';
    before integer := asked->>'before';
BEGIN
    RETURN (
        SELECT ST_AsMVT(drawn, 'regions', 4096, 'shape')
        FROM (
            SELECT ST_AsMVTGeom(r.shape, tile, 4096, 64) AS shape, r.id, r.code, r.name, counted.n AS value
            FROM regions r
            LEFT JOIN (
                SELECT region_id, count(*) AS n FROM places
                WHERE housing_type = ANY (types) AND building_year >= since AND building_year < before
                GROUP BY region_id
            ) counted ON counted.region_id = r.id
            WHERE r.shape && tile
        ) drawn
        WHERE shape IS NOT NULL
    );
END $$;

-- Only the regions of the tile are counted, each through the index.
CREATE FUNCTION choropleth_by_region(z integer, x integer, y integer, asked json) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
DECLARE
    tile geometry := ST_TileEnvelope(z, x, y);
    types smallint[] := string_to_array(asked->>'types', ',')::smallint[];
    since integer := asked->>'since';
    before integer := asked->>'before';
BEGIN
    RETURN (
        SELECT ST_AsMVT(drawn, 'regions', 4096, 'shape')
        FROM (
            SELECT ST_AsMVTGeom(r.shape, tile, 4096, 64) AS shape, r.id, r.code, r.name, counted.n AS value
            FROM regions r
            CROSS JOIN LATERAL (
                SELECT count(*) AS n FROM places p
                WHERE p.region_id = r.id AND housing_type = ANY (types)
                    AND building_year >= since AND building_year < before
            ) counted
            WHERE r.shape && tile
        ) drawn
        WHERE shape IS NOT NULL
    );
END $$;

CREATE FUNCTION hexagon_counts(z integer, x integer, y integer, asked json) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
DECLARE
    tile geometry := ST_TileEnvelope(z, x, y);
    types smallint[] := string_to_array(asked->>'types', ',')::smallint[];
    since integer := asked->>'since';
    before integer := asked->>'before';
BEGIN
    RETURN (
        SELECT ST_AsMVT(drawn, 'hexagons', 4096, 'shape')
        FROM (
            SELECT ST_AsMVTGeom(h.shape, tile, 4096, 64) AS shape, h.cell, counted.n AS value
            FROM (
                SELECT cell, count(*) AS n FROM places
                -- As far out as a hexagon that touches the tile can reach.
                WHERE place && ST_Expand(tile, 6000) AND housing_type = ANY (types)
                    AND building_year >= since AND building_year < before
                GROUP BY cell
            ) counted
            JOIN hexagons h USING (cell)
            WHERE h.shape && tile
        ) drawn
        WHERE shape IS NOT NULL
    );
END $$;

-- Only the hexagons of the tile are counted, each through the index.
CREATE FUNCTION hexagon_counts_by_cell(z integer, x integer, y integer, asked json) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
DECLARE
    tile geometry := ST_TileEnvelope(z, x, y);
    types smallint[] := string_to_array(asked->>'types', ',')::smallint[];
    since integer := asked->>'since';
    before integer := asked->>'before';
BEGIN
    RETURN (
        SELECT ST_AsMVT(drawn, 'hexagons', 4096, 'shape')
        FROM (
            SELECT ST_AsMVTGeom(h.shape, tile, 4096, 64) AS shape, h.cell, counted.n AS value
            FROM hexagons h
            CROSS JOIN LATERAL (
                SELECT count(*) AS n FROM places p
                WHERE p.cell = h.cell AND housing_type = ANY (types)
                    AND building_year >= since AND building_year < before
            ) counted
            WHERE h.shape && tile AND counted.n > 0
        ) drawn
        WHERE shape IS NOT NULL
    );
END $$;

-- Every account by itself.
CREATE FUNCTION account_points(z integer, x integer, y integer, asked json) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
DECLARE
    tile geometry := ST_TileEnvelope(z, x, y);
    types smallint[] := string_to_array(asked->>'types', ',')::smallint[];
    since integer := asked->>'since';
    before integer := asked->>'before';
BEGIN
    RETURN (
        SELECT ST_AsMVT(drawn, 'accounts', 4096, 'place')
        FROM (
            SELECT ST_AsMVTGeom(a.place, tile, 4096, 64) AS place, id, name, kind, status, place_state, revenue_cents
            FROM accounts a
            WHERE a.place && tile AND housing_type = ANY (types)
                AND building_year >= since AND building_year < before
        ) drawn
        WHERE place IS NOT NULL
    );
END $$;

-- Sums of 8 by 8 cells of the tile, as GeoCRM draws accounts below zoom 13.
CREATE FUNCTION account_cells(z integer, x integer, y integer, asked json) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
DECLARE
    tile geometry := ST_TileEnvelope(z, x, y);
    west float8 := ST_XMin(tile);
    south float8 := ST_YMin(tile);
    side float8 := (ST_XMax(tile) - ST_XMin(tile)) / 8;
    types smallint[] := string_to_array(asked->>'types', ',')::smallint[];
    since integer := asked->>'since';
    before integer := asked->>'before';
BEGIN
    RETURN (
        SELECT ST_AsMVT(drawn, 'accounts', 4096, 'place')
        FROM (
            SELECT
                ST_AsMVTGeom(ST_SetSRID(ST_MakePoint(avg(ST_X(a.place)), avg(ST_Y(a.place))), 3857), tile, 4096, 64)
                    AS place,
                count(*) AS count,
                count(*) FILTER (WHERE status = 'customer') AS customers,
                sum(revenue_cents)::bigint AS revenue_cents
            FROM accounts a
            WHERE a.place && tile AND housing_type = ANY (types)
                AND building_year >= since AND building_year < before
            GROUP BY floor((ST_X(a.place) - west) / side), floor((ST_Y(a.place) - south) / side)
        ) drawn
        WHERE place IS NOT NULL
    );
END $$;
"""
