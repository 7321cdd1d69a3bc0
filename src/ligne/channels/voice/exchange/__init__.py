"""The telephone exchange (Asterisk) as the controller sees it: one connection, requests, events."""
