-- cases: those whose customer sounds angry, newest first: few of many.
CREATE INDEX case_upset ON case_file (client_id, case_id) WHERE upset = 1;
