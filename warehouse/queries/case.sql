select * exclude (case_key, number)
from "case" where case_key = $key and case_id = $case_id and /*filters*/
