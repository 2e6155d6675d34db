"""The terminal interface: reads the archive, asks for work; never reads a store or runs a model."""
