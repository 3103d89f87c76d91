"""Results as people and programs read them. Pure: results in, text out."""
