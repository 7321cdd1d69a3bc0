"""Hundreds of telephone calls at once, and not one lost: `python -m tools.calls` (`make calls`).

A centre of its own with its exchange, SIPp as the carrier, telephones of our own as the advisors'. Every call that the
carrier sent is compared with what the centre says became of it.
"""
