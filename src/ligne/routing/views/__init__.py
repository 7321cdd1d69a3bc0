"""Pages and fragments of routing."""
