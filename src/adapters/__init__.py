"""Adapters, which implement the ports: one folder for each technology."""
