"""The kernels: touches of whole customers in, their sessions, journeys and steps out."""
