"""The values that travel, the errors, the random streams, and what finds the things in a room."""
