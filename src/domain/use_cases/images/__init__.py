"""Store, list, show, replace, recompress and delete images."""
