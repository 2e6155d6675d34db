"""From a conversation to a checked summary with a local model; knows no store and no archive."""
