"""Pages and HTTP interfaces of Linmen."""
