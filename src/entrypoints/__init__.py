"""How the outside drives Calotype: HTTP and the command line, over one composition root."""
