select * exclude (case_key)
from "case" where case_key = $key and case_id = $case_id and /*filters*/
