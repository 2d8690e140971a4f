"""Gain maps in JPEGs: smaller images that say how much brighter each place is on a screen of high dynamic range."""
