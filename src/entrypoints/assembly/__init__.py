"""How each part is made of the settings: one module for each group of parts, and one for each group of use cases.

A part is made when it is first asked for, and once.
"""
