"""Image files: reading their structure, and decoding and encoding them in confined worker processes."""
