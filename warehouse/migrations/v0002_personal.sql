-- Rows in which a number or address of a person was found and taken out before anything was stored, per source and kind
-- (aadhaar, mobile, e-mail); rows that come again are counted again.
create table personal_count (source varchar not null, kind varchar not null, "rows" bigint not null,
    last_found_at timestamptz not null);
