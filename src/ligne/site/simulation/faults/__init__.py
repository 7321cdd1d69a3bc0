"""A centre broken on purpose, again and again, while customers write: nothing acknowledged may be lost or doubled.

`kinds` holds the faults, one function each; `victim` the centre they are done to; `customers` who write meanwhile;
`drill` the rounds. See docs/developer/faults.md.
"""
