"""A night of little new: the customers whom it concerns are rebuilt, and their share moved."""
