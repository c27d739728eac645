"""The catalogue of notices about deliberations, by the part of the seven steps they belong to."""
