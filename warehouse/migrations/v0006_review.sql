-- Reviews as they were held – the values that were on the screens then – and what was agreed in them. Rows are only ever
-- added: what becomes of an action point is said in rows of its own, of which the last one holds.
create table review (review varchar not null, area varchar not null, title varchar not null,
    held_at timestamptz not null, held_by varchar not null);
create table review_value (review varchar not null, indicator varchar not null, area varchar not null,
    period varchar not null, numerator double, denominator double, "value" double, band varchar not null,
    state varchar not null, definition_version integer not null);
create table action_point (point varchar not null, review varchar not null, area varchar not null,
    task varchar not null, holder varchar not null, due_on date not null, indicator varchar,
    agreed_at timestamptz not null, agreed_by varchar not null);
create table action_word (point varchar not null, state varchar not null, remark varchar not null,
    said_at timestamptz not null, said_by varchar not null);
