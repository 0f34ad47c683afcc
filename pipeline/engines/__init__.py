"""Engines: how shards of whole customers reach the kernels."""
