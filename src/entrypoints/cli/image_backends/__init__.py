"""Where the images of a command are: in the installation of this machine, or in a service that is reached over HTTP."""
