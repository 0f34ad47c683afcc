"""The figures: what follows from counts alone; frames in, frames out."""
