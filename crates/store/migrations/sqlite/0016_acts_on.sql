-- Who changed a thing and when: its own page asks for the lines about it. Mirrored in ../postgres.

CREATE INDEX audit_log_of_object ON audit_log (object, number);
