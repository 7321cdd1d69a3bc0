"""Pure: what a call goes through, what a caller hears, what a number may be."""
