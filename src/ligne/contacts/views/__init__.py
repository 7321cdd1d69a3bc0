"""Screens of exchanges. A view translates what the page says, calls one verb, and shows the exchange as it is now."""
