"""The command line, one file a family of commands; they print, the work is done elsewhere."""
