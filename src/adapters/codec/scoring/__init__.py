"""How similar two images are: SSIMULACRA 2.1, and exact equality."""
