"""What screens are made of; a widget shows what it is given and reads no archive."""
