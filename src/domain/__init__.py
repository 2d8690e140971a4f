"""The rules of Calotype. They use the standard library only."""
