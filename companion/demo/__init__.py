"""The demonstration: sample stores in the messengers' own formats, read as if they were yours."""
