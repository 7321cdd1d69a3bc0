"""Pages and fragments of the floor."""
