"""Pure rules of call-back requests."""
