-- The stored rows of cases. Columns: CASE_SCHEMA.
select * exclude (case_key, number) from "case"
