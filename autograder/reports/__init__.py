"""Reports: results in formats for people and programs. Pure: results in, text out."""
