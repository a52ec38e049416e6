-- Why: every date of an account is a dimension by week, month, quarter and year, so that any period can be compared
-- with the one before. The view keeps its columns in their order and adds those that were missing.

CREATE OR REPLACE VIEW cube_accounts AS
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
    level_h3_parent(a.h3, 10) AS h3_10,
    to_char(a.customer_since_on, 'YYYY-"Q"Q') AS customer_since_quarter,
    to_char(a.customer_since_on, 'YYYY-MM') AS customer_since_month,
    to_char(a.customer_since_on, 'IYYY-"W"IW') AS customer_since_week,
    to_char(a.last_contact_on, 'YYYY') AS last_contact_year,
    to_char(a.last_contact_on, 'IYYY-"W"IW') AS last_contact_week
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
