-- Why: the people who sign in, the accounts they keep, and the proof of who changed what. Only hashes of secrets
-- are stored. The audit log can only grow, and each entry carries the hash of the one before it.

CREATE TABLE users (
    id              uuid PRIMARY KEY,
    email           text NOT NULL,
    name            text NOT NULL,
    role            text COLLATE "C" NOT NULL,
    -- Argon2id in PHC form; null until the user has chosen a password.
    password_hash   text,
    locale          text COLLATE "C" NOT NULL DEFAULT 'en',
    failed_sign_ins int NOT NULL DEFAULT 0,
    last_failed_at  timestamptz,
    disabled_at     timestamptz,
    created_at      timestamptz NOT NULL,
    CONSTRAINT users_role_known CHECK (role IN ('administrator', 'representative')),
    CONSTRAINT users_locale_known CHECK (locale IN ('en', 'nl')),
    CONSTRAINT users_email_present CHECK (email <> '')
);
CREATE UNIQUE INDEX users_email_unique ON users (lower(email));

-- Territory codes without a foreign key: the right to a territory outlives a reload of its dataset.
CREATE TABLE user_territories (
    user_id   uuid NOT NULL CONSTRAINT user_territories_user_fkey REFERENCES users ON DELETE CASCADE,
    territory text COLLATE "C" NOT NULL,
    CONSTRAINT user_territories_unique PRIMARY KEY (user_id, territory)
);

CREATE TABLE setup_tokens (
    token_hash bytea PRIMARY KEY,
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT setup_tokens_sha256 CHECK (octet_length(token_hash) = 32)
);

CREATE TABLE sessions (
    token_hash   bytea PRIMARY KEY,
    user_id      uuid NOT NULL CONSTRAINT sessions_user_fkey REFERENCES users ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    CONSTRAINT sessions_sha256 CHECK (octet_length(token_hash) = 32)
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE accounts (
    id                       uuid PRIMARY KEY,
    version                  bigint NOT NULL,
    name                     text NOT NULL,
    kind                     text COLLATE "C" NOT NULL,
    status                   text COLLATE "C" NOT NULL,
    category                 text COLLATE "C",
    email                    text,
    phone                    text,
    note                     text,
    street                   text,
    house_number             text,
    postcode                 text COLLATE "C",
    city                     text COLLATE "C",
    country                  text COLLATE "C",
    lng_e7                   int,
    lat_e7                   int,
    quadkey                  bigint,
    h3                       bigint,
    place_state              text COLLATE "C" NOT NULL,
    address_id               bigint,
    territory                text COLLATE "C",
    owner_id                 uuid CONSTRAINT accounts_owner_fkey REFERENCES users,
    revenue_cents            bigint,
    currency                 text COLLATE "C" NOT NULL,
    -- Which file or system the external key comes from; set by an import.
    source                   text COLLATE "C",
    external_key             text COLLATE "C",
    customer_since_on        date,
    last_contact_on          date,
    housing_type             text COLLATE "C",
    housing_type_confidence  text COLLATE "C",
    building_form            text COLLATE "C",
    building_form_confidence text COLLATE "C",
    building_use             text COLLATE "C",
    building_use_confidence  text COLLATE "C",
    building_year            int,
    storeys                  int,
    footprint_m2             int,
    park_distance_m          int,
    road_condition           int,
    region_id                int,
    region_2016_id           int,
    region_2015_id           int,
    created_at               timestamptz NOT NULL,
    updated_at               timestamptz NOT NULL,
    deleted_at               timestamptz,
    CONSTRAINT accounts_version_positive CHECK (version > 0),
    CONSTRAINT accounts_name_present CHECK (name <> ''),
    CONSTRAINT accounts_kind_known CHECK (kind IN ('household', 'organisation')),
    CONSTRAINT accounts_status_known CHECK (status IN ('prospect', 'customer', 'former')),
    CONSTRAINT accounts_place_state_known CHECK (place_state IN ('matched', 'doubtful', 'failed', 'pinned')),
    CONSTRAINT accounts_place_whole CHECK ((lng_e7 IS NULL) = (lat_e7 IS NULL) AND (lng_e7 IS NULL) = (quadkey IS NULL)
                                       AND (lng_e7 IS NULL) = (h3 IS NULL)),
    CONSTRAINT accounts_confirmed_has_place CHECK (place_state NOT IN ('matched', 'pinned') OR lng_e7 IS NOT NULL),
    CONSTRAINT accounts_place_on_globe CHECK (lng_e7 BETWEEN -1800000000 AND 1800000000
                                          AND lat_e7 BETWEEN -900000000 AND 900000000),
    CONSTRAINT accounts_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT accounts_customer_since_on_range CHECK (customer_since_on BETWEEN '1000-01-01' AND '9999-12-31'),
    CONSTRAINT accounts_last_contact_on_range CHECK (last_contact_on BETWEEN '1000-01-01' AND '9999-12-31'),
    CONSTRAINT accounts_source_key_unique UNIQUE (source, external_key)
);
CREATE INDEX accounts_territory ON accounts (territory);
CREATE INDEX accounts_owner ON accounts (owner_id);
CREATE INDEX accounts_address ON accounts (address_id) WHERE address_id IS NOT NULL;

CREATE TABLE audit_log (
    seq           bigint PRIMARY KEY,
    at            timestamptz NOT NULL,
    user_id       uuid,
    action        text COLLATE "C" NOT NULL,
    subject_kind  text COLLATE "C" NOT NULL,
    subject_id    text COLLATE "C" NOT NULL,
    fields        text[] NOT NULL,
    old_values    text[] NOT NULL,
    new_values    text[] NOT NULL,
    previous_hash bytea NOT NULL,
    hash          bytea NOT NULL
);
CREATE INDEX audit_log_subject ON audit_log (subject_kind, subject_id);

-- Null and the empty text differ, arrays are told from their members, and no setting of the session enters.
CREATE FUNCTION audit_hash(entry audit_log) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(entry.previous_hash || convert_to(jsonb_build_array(
        entry.seq, (extract(epoch FROM entry.at) * 1000000)::bigint, entry.user_id, entry.action,
        entry.subject_kind, entry.subject_id, entry.fields, entry.old_values, entry.new_values)::text, 'UTF8'))
$$;

-- Numbers and chains the entry; writers take turns from here to their commit, so write the entry last.
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_entry record;
BEGIN
    PERFORM pg_advisory_xact_lock(7061755301);
    SELECT seq, hash INTO last_entry FROM audit_log ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(last_entry.seq, 0) + 1;
    NEW.previous_hash := coalesce(last_entry.hash, ''::bytea);
    NEW.hash := audit_hash(NEW);
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_log_chain BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log can only grow' USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_log_append_only';
END
$$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE TABLE imports (
    id          uuid PRIMARY KEY,
    file_name   text NOT NULL,
    file_sha256 text COLLATE "C" NOT NULL,
    source      text COLLATE "C" NOT NULL,
    user_id     uuid,
    created     bigint NOT NULL,
    updated     bigint NOT NULL,
    imported_at timestamptz NOT NULL,
    undone_at   timestamptz,
    undone_by   uuid
);

-- What each record was before and became: the undo restores `before`, the history compares the two.
CREATE TABLE import_rows (
    import_id     uuid NOT NULL CONSTRAINT import_rows_import_fkey REFERENCES imports,
    account_id    uuid NOT NULL,
    before        jsonb,
    after         jsonb NOT NULL,
    after_version bigint NOT NULL,
    CONSTRAINT import_rows_unique PRIMARY KEY (import_id, account_id)
);
CREATE INDEX import_rows_account ON import_rows (account_id);

CREATE TABLE filters (
    hash       text COLLATE "C" CONSTRAINT filters_hash_unique PRIMARY KEY,
    cube       text COLLATE "C" NOT NULL,
    cql2       text NOT NULL,
    geometry   text,
    created_at timestamptz NOT NULL
);

CREATE TABLE exports (
    id           uuid PRIMARY KEY,
    user_id      uuid,
    cube         text COLLATE "C" NOT NULL,
    format       text COLLATE "C" NOT NULL,
    file_name    text NOT NULL,
    rows         bigint NOT NULL,
    bytes        bigint NOT NULL,
    sha256       text COLLATE "C" NOT NULL,
    data_version bigint NOT NULL,
    -- The request in canonical JSON, so that it can be run again.
    query        text NOT NULL,
    -- Hash of each row under its key, packed by the writer: tells added, gone and changed rows later.
    row_digests  bytea,
    created_at   timestamptz NOT NULL
);

CREATE TABLE idempotency_keys (
    user_id      uuid NOT NULL,
    key          text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL,
    status       int NOT NULL,
    answer       text NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_unique PRIMARY KEY (user_id, key)
);
