"""The arithmetic behind scores and learners: arrays in, arrays out."""
