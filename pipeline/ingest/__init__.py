"""New files in, touches and counts out: every record accepted, duplicate or refused."""
