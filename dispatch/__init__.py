"""What a request is about, where it is, and who answers for it: no tables are written here."""
