"""What can be wrong with a package that can be read, one module for each kind of matter. Pure."""
