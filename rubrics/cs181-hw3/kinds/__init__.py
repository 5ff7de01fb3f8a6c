"""Kinds of check for the notebook of problem 4, by the conventions that the page lists: one file for each."""
