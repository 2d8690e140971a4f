"""The rules of Calotype, in the standard library only."""
