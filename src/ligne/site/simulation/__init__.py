"""Customers who behave as customers do, on the real channels of a running centre."""
