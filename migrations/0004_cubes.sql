-- Why: one view per cube of the catalogue, so that the same question can be put to SQL and to the engine. The
-- level rules are written here a second time, on purpose: a test holds both versions to each other. A record
-- without a confirmed place has neither position nor anything that follows from it.

CREATE FUNCTION level_age_class(year bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN year < 1700 THEN 'before_1700' WHEN year < 1800 THEN '1700_1799' WHEN year < 1900 THEN '1800_1899'
                WHEN year < 1945 THEN '1900_1944' WHEN year < 2000 THEN '1945_1999' WHEN year >= 2000 THEN 'from_2000' END
$$;

CREATE FUNCTION level_condition_class(condition bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN condition >= 85 THEN 'excellent' WHEN condition >= 65 THEN 'good' WHEN condition >= 45 THEN 'intermediate'
                WHEN condition >= 25 THEN 'bad' WHEN condition < 25 THEN 'horrible' END
$$;

CREATE FUNCTION level_distance_band(metres bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN metres < 500 THEN '0_500' WHEN metres < 1000 THEN '500_1000' WHEN metres < 2500 THEN '1000_2500'
                WHEN metres < 5000 THEN '2500_5000' WHEN metres >= 5000 THEN 'from_5000' END
$$;

CREATE FUNCTION level_storeys_band(storeys bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN storeys <= 1 THEN '1' WHEN storeys = 2 THEN '2' WHEN storeys <= 4 THEN '3_4' WHEN storeys <= 9 THEN '5_9'
                WHEN storeys >= 10 THEN 'from_10' END
$$;

CREATE FUNCTION level_revenue_band(cents bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN cents < 100000 THEN 'below_1000' WHEN cents < 1000000 THEN '1000_9999'
                WHEN cents < 10000000 THEN '10000_99999' WHEN cents >= 10000000 THEN 'from_100000' END
$$;

CREATE FUNCTION level_postcode4(postcode text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN postcode COLLATE "C" ~ '^[0-9]{4}[A-Z]{2}$' THEN left(postcode, 4) ELSE postcode END
$$;

-- An H3 index has its resolution in bits 52-55 and three bits per resolution from bit 42 downwards; the parent
-- has the coarser resolution and all ones below it.
CREATE FUNCTION level_h3_parent(cell bigint, resolution int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_hex((cell & ~(15::bigint << 52)) | (resolution::bigint << 52) | ((1::bigint << (3 * (15 - resolution))) - 1))
$$;

CREATE VIEW cube_addresses AS
SELECT
    a.id, a.lng_e7, a.lat_e7,
    a.housing_type, a.building_form, a.building_use, a.building_year, a.storeys, a.footprint_m2, a.dwellings,
    a.park_distance_m, a.road_condition, a.postcode, a.city, d.code AS dataset,
    a.region_id, a.region_2016_id, a.region_2015_id, to_hex(a.h3) AS h3,
    level_age_class(a.building_year) AS building_age_class,
    level_storeys_band(a.storeys) AS storeys_band,
    level_distance_band(a.park_distance_m) AS park_distance_band,
    level_condition_class(a.road_condition) AS road_condition_class,
    level_postcode4(a.postcode) AS postcode4,
    p.country, p.province, p.municipality, p.borough, p.district, p.neighbourhood,
    q.nuts2, q.nuts3, q.municipality_2016, o.neighbourhood_2015,
    level_h3_parent(a.h3, 4) AS h3_4,
    level_h3_parent(a.h3, 5) AS h3_5,
    level_h3_parent(a.h3, 6) AS h3_6,
    level_h3_parent(a.h3, 7) AS h3_7,
    level_h3_parent(a.h3, 8) AS h3_8,
    level_h3_parent(a.h3, 9) AS h3_9,
    level_h3_parent(a.h3, 10) AS h3_10
FROM addresses a
JOIN datasets d ON d.id = a.dataset_id
LEFT JOIN region_paths p ON p.region_id = a.region_id
LEFT JOIN region_paths q ON q.region_id = a.region_2016_id
LEFT JOIN region_paths o ON o.region_id = a.region_2015_id;

CREATE VIEW cube_accounts AS
SELECT
    a.id, a.lng_e7, a.lat_e7,
    a.kind, a.status, a.category, a.territory, a.owner_id::text AS owner, a.place_state, a.revenue_cents,
    (a.status = 'customer')::int AS customers, (a.status = 'prospect')::int AS prospects,
    a.customer_since_on, a.last_contact_on,
    a.housing_type, a.building_form, a.building_use, a.building_year, a.park_distance_m, a.road_condition,
    a.postcode, a.city,
    a.region_id, a.region_2016_id, a.region_2015_id, to_hex(a.h3) AS h3,
    level_revenue_band(a.revenue_cents) AS revenue_band,
    to_char(a.customer_since_on, 'YYYY') AS customer_since_year,
    to_char(a.last_contact_on, 'YYYY-MM') AS last_contact_month,
    to_char(a.last_contact_on, 'YYYY-"Q"Q') AS last_contact_quarter,
    level_age_class(a.building_year) AS building_age_class,
    level_distance_band(a.park_distance_m) AS park_distance_band,
    level_condition_class(a.road_condition) AS road_condition_class,
    level_postcode4(a.postcode) AS postcode4,
    p.country, p.province, p.municipality, p.borough, p.district, p.neighbourhood,
    q.nuts2, q.nuts3, q.municipality_2016, o.neighbourhood_2015,
    level_h3_parent(a.h3, 4) AS h3_4,
    level_h3_parent(a.h3, 5) AS h3_5,
    level_h3_parent(a.h3, 6) AS h3_6,
    level_h3_parent(a.h3, 7) AS h3_7,
    level_h3_parent(a.h3, 8) AS h3_8,
    level_h3_parent(a.h3, 9) AS h3_9,
    level_h3_parent(a.h3, 10) AS h3_10
FROM (
    SELECT
        id, kind, status, category, territory, owner_id, place_state, revenue_cents, customer_since_on, last_contact_on,
        postcode, city,
        CASE WHEN confirmed THEN lng_e7 END AS lng_e7, CASE WHEN confirmed THEN lat_e7 END AS lat_e7,
        CASE WHEN confirmed THEN h3 END AS h3,
        CASE WHEN confirmed THEN housing_type END AS housing_type,
        CASE WHEN confirmed THEN building_form END AS building_form,
        CASE WHEN confirmed THEN building_use END AS building_use,
        CASE WHEN confirmed THEN building_year END AS building_year,
        CASE WHEN confirmed THEN park_distance_m END AS park_distance_m,
        CASE WHEN confirmed THEN road_condition END AS road_condition,
        CASE WHEN confirmed THEN region_id END AS region_id,
        CASE WHEN confirmed THEN region_2016_id END AS region_2016_id,
        CASE WHEN confirmed THEN region_2015_id END AS region_2015_id
    FROM (SELECT *, place_state IN ('matched', 'pinned') AS confirmed FROM accounts WHERE deleted_at IS NULL) present
) a
LEFT JOIN region_paths p ON p.region_id = a.region_id
LEFT JOIN region_paths q ON q.region_id = a.region_2016_id
LEFT JOIN region_paths o ON o.region_id = a.region_2015_id;

CREATE VIEW cube_roads AS
SELECT
    a.id, a.lng_e7, a.lat_e7,
    a.class, a.surface, a.smoothness, a.condition, a.maxspeed_kmh, a.length_cm, d.code AS dataset,
    a.region_id, a.region_2016_id, a.region_2015_id, to_hex(a.h3) AS h3,
    level_condition_class(a.condition) AS condition_class,
    p.country, p.province, p.municipality, p.borough, p.district, p.neighbourhood,
    q.nuts2, q.nuts3, q.municipality_2016, o.neighbourhood_2015,
    level_h3_parent(a.h3, 4) AS h3_4,
    level_h3_parent(a.h3, 5) AS h3_5,
    level_h3_parent(a.h3, 6) AS h3_6,
    level_h3_parent(a.h3, 7) AS h3_7,
    level_h3_parent(a.h3, 8) AS h3_8,
    level_h3_parent(a.h3, 9) AS h3_9,
    level_h3_parent(a.h3, 10) AS h3_10
FROM roads a
JOIN datasets d ON d.id = a.dataset_id
LEFT JOIN region_paths p ON p.region_id = a.region_id
LEFT JOIN region_paths q ON q.region_id = a.region_2016_id
LEFT JOIN region_paths o ON o.region_id = a.region_2015_id;

-- A figure whose region has no shape has no place.
CREATE VIEW cube_regions AS
SELECT
    i.id, a.lng_e7, a.lat_e7,
    i.level, i.region_code AS code, i.indicator, i.year, i.value_e4, i.suppressed::int AS suppressed, d.code AS dataset,
    a.region_id, a.region_2016_id, a.region_2015_id,
    p.country, p.province, p.municipality, p.borough, p.district, p.neighbourhood,
    q.nuts2, q.nuts3, q.municipality_2016, o.neighbourhood_2015
FROM indicators i
JOIN datasets d ON d.id = i.dataset_id
LEFT JOIN (
    SELECT level, code, lng_e7, lat_e7, CASE WHEN hierarchy = 'admin' THEN id END AS region_id,
           CASE WHEN hierarchy = 'admin_2016' THEN id END AS region_2016_id,
           CASE WHEN hierarchy = 'admin_2015' THEN id END AS region_2015_id
    FROM regions
) a ON a.level = i.level AND a.code = i.region_code
LEFT JOIN region_paths p ON p.region_id = a.region_id
LEFT JOIN region_paths q ON q.region_id = a.region_2016_id
LEFT JOIN region_paths o ON o.region_id = a.region_2015_id;

CREATE VIEW cube_flows AS
SELECT
    f.id, a.lng_e7, a.lat_e7,
    f.origin_code AS origin, f.destination_code AS destination, f.mode, f.year, f.persons_e3, d.code AS dataset,
    a.region_id, a.region_2016_id, a.region_2015_id,
    p.country, p.province, p.municipality, p.borough, p.district, p.neighbourhood,
    q.nuts2, q.nuts3, q.municipality_2016, o.neighbourhood_2015
FROM flows f
JOIN datasets d ON d.id = f.dataset_id
LEFT JOIN (
    SELECT level, code, lng_e7, lat_e7, CASE WHEN hierarchy = 'admin' THEN id END AS region_id,
           CASE WHEN hierarchy = 'admin_2016' THEN id END AS region_2016_id,
           CASE WHEN hierarchy = 'admin_2015' THEN id END AS region_2015_id
    FROM regions
) a ON a.level = f.level AND a.code = f.origin_code
LEFT JOIN region_paths p ON p.region_id = a.region_id
LEFT JOIN region_paths q ON q.region_id = a.region_2016_id
LEFT JOIN region_paths o ON o.region_id = a.region_2015_id;
