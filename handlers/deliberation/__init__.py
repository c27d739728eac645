"""Conversations of the seven steps: for residents (`resident/`) and for those who run them."""
