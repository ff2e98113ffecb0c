-- Warehouse schema, version 1. Migrations run alone and end with CHECKPOINT; no secondary indexes on hot tables.
create table schema_version (version integer not null, applied_at timestamptz not null);

-- append-only; column order = warehouse/event.py EVENT_SCHEMA, then four keys: 64-bit hashes of (source, event_id), of
-- case_id, of metric and asset, and of (source, ref) (warehouse/key.py). What is looked up by them is known in memory by
-- row number (warehouse/event_index.py), which is why no row may ever leave this table; the texts decide.
create table event (
    event_id varchar not null, source varchar not null, kind varchar not null,
    occurred_at timestamptz not null, received_at timestamptz not null, "day" date not null,
    case_id varchar, service varchar, area varchar, office varchar, post varchar, step varchar,
    outcome varchar, channel varchar, due_at timestamptz, amount bigint, rating tinyint,
    metric varchar, asset varchar, "value" double, ref varchar, digest ubigint not null,
    event_key ubigint not null, case_key ubigint, asset_key ubigint, ref_key ubigint);

-- event.corrected and event.retracted again, small, so that late originals find what is said of them
create table correction (source varchar not null, ref varchar not null, event_id varchar not null,
    kind varchar not null, occurred_at timestamptz not null);

create table rejected (
    rejected_id varchar not null, source varchar not null, received_at timestamptz not null,
    reason varchar not null, field varchar, detail varchar not null, raw varchar not null, origin varchar not null);

-- one row per case; a pure function of the case's events; column order = CASE_SCHEMA in warehouse/batch.py, then the key
-- and the number of the row among all that were ever written (warehouse/case_index.py)
create table "case" (
    case_id varchar not null, source varchar not null, service varchar, area varchar,
    office varchar, post varchar, step varchar, channel varchar,
    status varchar not null,                 -- unopened | open | decided | withdrawn
    opened_at timestamptz, opened_day date,
    due_at timestamptz,                      -- effective: limit in force at opening, pauses so far taken out; null = no limit
    due_stated boolean not null,             -- the source stated due_at itself; our clock does not move it
    paused_at timestamptz,                   -- set while the clock is stopped
    paused_s bigint not null,                -- seconds of completed pauses
    decided_at timestamptz, decided_day date, outcome varchar,
    withdrawn_day date, delivered_day date,
    reopened integer not null, reopened_day date,
    last_event_at timestamptz not null,      -- an event not after this one makes the case be folded again from all its events
    case_key ubigint not null, number uinteger not null);

-- last reading of every asset
create table gauge (metric varchar not null, asset varchar not null, area varchar not null,
    read_at timestamptz not null, event_id varchar not null, "value" double not null);

-- mergeable cells as appended deltas (sum them), compacted on a schedule. span_kind: 'd' day | 'm' month
create table cell (span_kind varchar not null, span_start date not null, subject varchar not null, area varchar not null,
    received bigint not null, decided bigint not null, approved bigint not null, rejected bigint not null,
    in_time bigint not null, late bigint not null, undated bigint not null, withdrawn bigint not null,
    delivered bigint not null, reopened bigint not null, decide_s bigint not null,
    feedback bigint not null, satisfied bigint not null, rating bigint not null,
    payments bigint not null, paid_paise bigint not null);
-- same measures by day, area = the ancestor at the series level or above (taluk, district, state)
create table cell_day ("day" date not null, subject varchar not null, area varchar not null,
    received bigint not null, decided bigint not null, approved bigint not null, rejected bigint not null,
    in_time bigint not null, late bigint not null, undated bigint not null, withdrawn bigint not null,
    delivered bigint not null, reopened bigint not null, decide_s bigint not null,
    feedback bigint not null, satisfied bigint not null, rating bigint not null,
    payments bigint not null, paid_paise bigint not null);
-- histogram of decision times, sparse
create table cell_bin (span_kind varchar not null, span_start date not null, subject varchar not null, area varchar not null,
    bin utinyint not null, cases bigint not null);
-- metrics: sums in thousandths of the unit
create table cell_metric (span_kind varchar not null, span_start date not null, subject varchar not null, area varchar not null,
    readings bigint not null, reading_sum bigint not null, expected_sum bigint not null);
create table cell_metric_day ("day" date not null, subject varchar not null, area varchar not null,
    readings bigint not null, reading_sum bigint not null, expected_sum bigint not null);

-- where each source is to be read next; committed with the rows. position is the source's own JSON
create table source_position (source varchar not null, partition varchar not null, position varchar not null,
    updated_at timestamptz not null);
-- running totals per source: received = accepted + rejected + duplicates (rows as the source counts them)
create table source_count (source varchar not null, received bigint not null, accepted bigint not null,
    rejected bigint not null, duplicates bigint not null, events bigint not null,
    last_event_at timestamptz, last_heard_at timestamptz);

create table value_now (indicator varchar not null, area varchar not null, period varchar not null,
    numerator double, denominator double, "value" double, band varchar, state varchar not null, as_of timestamptz not null);
-- values as they stood when a day was closed; a row only where something differs from the day sealed before in the same
-- calendar month (warehouse/seal.py). The value of a day is the last row of its month up to it; without one there was none.
create table value_day ("day" date not null, indicator varchar not null, area varchar not null, period varchar not null,
    numerator double, denominator double, "value" double, band varchar, state varchar not null,
    definition_version integer not null);
-- days that are sealed; rows of value_day of other days are left over from a sealing that was cut off and mean nothing
create table sealed_day ("day" date not null, sealed_at timestamptz not null,  -- what was known up to this instant
    was_shown boolean not null,              -- false: made up later, because nobody was there at midnight
    changed bigint not null);                -- rows of value_day
create table setting (name varchar not null, "value" varchar not null);   -- e.g. day_horizon: first day kept by day in cell
