-- Why: the program works as geocrm_app, which owns nothing and can only add to the audit log. A later migration
-- grants what it creates itself.

-- Statistics after a bulk load; analysing needs the owner.
CREATE FUNCTION analyze_loaded() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE regions, region_paths, indicators, addresses, buildings, roads, areas, flows, postcodes, accounts;
END
$$;
REVOKE ALL ON FUNCTION analyze_loaded() FROM PUBLIC;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'geocrm_app') THEN
        GRANT USAGE ON SCHEMA public TO geocrm_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO geocrm_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO geocrm_app;
        GRANT EXECUTE ON FUNCTION analyze_loaded() TO geocrm_app;
        REVOKE ALL ON audit_log FROM geocrm_app;
        GRANT SELECT, INSERT ON audit_log TO geocrm_app;
        REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations, spatial_ref_sys, geometry_columns, geography_columns FROM geocrm_app;
    END IF;
END
$$;
