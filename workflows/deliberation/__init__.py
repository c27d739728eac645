"""The seven steps as use cases: open, collect, confirm, draft, announce, consult, apply, report."""
